//! The `logs` section.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

use super::encode::Encoding;

/// Which records are written, how and where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogsConfig {
    /// `development`: readable lines; `production`: JSON, one object a line; `raw`: the bare messages; `none`: nothing.
    pub mode: Mode,
    /// The least severe records to write; by default `debug` in development, `info` in production.
    pub level: Option<Level>,
    /// `console` or `json`, where it is to differ from the mode's.
    pub encoding: Option<EncodingName>,
    /// `stderr`, `stdout`, or paths of files to append to.
    pub output: Vec<String>,
}

impl Default for LogsConfig {
    fn default() -> Self {
        Self {
            mode: Mode::Development,
            level: None,
            encoding: None,
            output: vec!["stderr".to_owned()],
        }
    }
}

/// What the log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Readable lines, everything.
    Development,
    /// JSON for machines.
    Production,
    /// Bare messages.
    Raw,
    /// Nothing.
    #[serde(alias = "off")]
    None,
}

/// How severe a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For developers.
    Debug,
    /// What happens, requests included.
    Info,
    /// What is odd.
    #[serde(alias = "warning")]
    Warn,
    /// What failed.
    Error,
    /// Nothing that this server logs.
    #[serde(alias = "fatal")]
    Panic,
}

/// How a record becomes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncodingName {
    /// Tab-separated columns.
    Console,
    /// One object a line.
    Json,
}

impl LogsConfig {
    pub(super) fn level(&self) -> LevelFilter {
        match (self.mode, self.level) {
            (Mode::None, _) | (_, Some(Level::Panic)) => LevelFilter::OFF,
            (_, Some(Level::Error)) => LevelFilter::ERROR,
            (_, Some(Level::Warn)) => LevelFilter::WARN,
            (Mode::Production, None) | (_, Some(Level::Info)) => LevelFilter::INFO,
            (_, None | Some(Level::Debug)) => LevelFilter::DEBUG,
        }
    }

    pub(super) fn encoding(&self, coloured: bool) -> Encoding {
        match (self.mode, self.encoding) {
            (Mode::Raw, None) => Encoding::Raw,
            (Mode::Production, None) | (_, Some(EncodingName::Json)) => Encoding::Json,
            (_, None | Some(EncodingName::Console)) => Encoding::Console { coloured },
        }
    }
}
