//! The `logs` section.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

use super::{destination::Destination, encode::Encoding, rotate::Rules};

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
    /// What ends a line.
    pub line_ending: String,
    /// `stderr`, `stdout`, or paths of files to append to.
    pub output: Vec<String>,
    /// Where it is told that a line could not be written; named as `output`.
    pub err_output: Vec<String>,
    /// A file that is put aside when it is full, in place of `output`; JSON, unless `encoding` or the mode `raw` says otherwise.
    pub file_logger_options: Option<FileConfig>,
    /// Other settings for single loggers, by their name, which mostly is that of a service; they inherit nothing.
    pub channels: BTreeMap<String, ChannelConfig>,
}

/// The records of one logger.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ChannelConfig {
    /// `development`, `production`, `raw` or `none`.
    pub mode: Mode,
    /// The least severe records to write; by default `debug` in development, `info` in production.
    pub level: Option<Level>,
    /// `console` or `json`, where it is to differ from the mode's.
    pub encoding: Option<EncodingName>,
    /// What ends a line.
    pub line_ending: String,
    /// `stderr`, `stdout`, or paths of files to append to.
    pub output: Vec<String>,
    /// Where it is told that a line could not be written; named as `output`.
    pub err_output: Vec<String>,
    /// A file that is put aside when it is full, in place of `output`.
    pub file_logger_options: Option<FileConfig>,
}

/// A log file that is put aside when it is full.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub struct FileConfig {
    /// The file.
    pub log_output: PathBuf,
    /// Megabytes that it may have; 0 is 100.
    #[serde(default)]
    pub max_size: u32,
    /// Days that files put aside are kept; 0 is 24.
    #[serde(default)]
    pub max_age: u32,
    /// How many of them are kept; 0 is 10.
    #[serde(default)]
    pub max_backups: u32,
    /// Whether they are compressed.
    #[serde(default)]
    pub compress: bool,
}

impl Default for ChannelConfig {
    fn default() -> Self {
        Self {
            mode: Mode::Development,
            level: None,
            encoding: None,
            line_ending: "\n".to_owned(),
            output: vec!["stderr".to_owned()],
            err_output: vec!["stderr".to_owned()],
            file_logger_options: None,
        }
    }
}

impl Default for LogsConfig {
    fn default() -> Self {
        let ChannelConfig {
            mode,
            level,
            encoding,
            line_ending,
            output,
            err_output,
            file_logger_options,
        } = ChannelConfig::default();
        Self {
            mode,
            level,
            encoding,
            line_ending,
            output,
            err_output,
            file_logger_options,
            channels: BTreeMap::new(),
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
    /// The settings of all loggers, and those of single ones.
    pub(super) fn split(self) -> (ChannelConfig, BTreeMap<String, ChannelConfig>) {
        let Self {
            mode,
            level,
            encoding,
            line_ending,
            output,
            err_output,
            file_logger_options,
            channels,
        } = self;
        let root = ChannelConfig {
            mode,
            level,
            encoding,
            line_ending,
            output,
            err_output,
            file_logger_options,
        };
        (root, channels)
    }
}

impl ChannelConfig {
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
        let is_file = self.file_logger_options.is_some();
        match (self.mode, self.encoding) {
            (Mode::Raw, None) => Encoding::Raw,
            (Mode::Production, None) | (_, Some(EncodingName::Json)) => Encoding::Json,
            (_, None) if is_file => Encoding::Json,
            (_, None | Some(EncodingName::Console)) => Encoding::Console { coloured },
        }
    }

    /// Where its lines go.
    pub(super) fn destination(&self) -> Destination {
        let file = self.file_logger_options.clone();
        file.map_or_else(
            || Destination::Plain(self.output.clone()),
            |it| Destination::Rotating(it.rules()),
        )
    }
}

impl FileConfig {
    fn rules(self) -> Rules {
        let or = |value: u32, default: u32| match value {
            0 => default,
            value => value,
        };
        Rules {
            path: self.log_output,
            max_size: u64::from(or(self.max_size, 100)) << 20,
            max_age: Duration::from_hours(24) * or(self.max_age, 24),
            max_backups: or(self.max_backups, 10) as usize,
            compress: self.compress,
        }
    }
}
