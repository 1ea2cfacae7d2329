//! What came of a reload, as `config.Reload` answers it and the command line shows it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{Diagnostic, Difference, emit};

/// What came of a reload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Nothing was to be applied, only told.
    pub dry_run: bool,
    /// What differs from what held.
    pub changes: Vec<Changed>,
    /// Services that could not apply what they had agreed to: they go on as before.
    pub failures: Vec<Failed>,
    /// What is wrong or odd with the configuration. With an error among it nothing is applied.
    pub findings: Vec<Finding>,
}

/// A setting that is to hold something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// In dots from the top.
    pub path: String,
    /// What it held, secrets as `***`; nothing where it was not set.
    pub from: Option<Value>,
    /// What it is to hold.
    pub to: Option<Value>,
    /// Where that is written: `.rr.yaml:7:18`, or `default`.
    pub source: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a changed setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds. Of a dry run: it would.
    Applied,
    /// It holds once the server is started again.
    NeedsRestart,
    /// The service that was to apply it could not.
    Failed,
    /// Nobody reads it.
    WithoutEffect,
}

/// A service that could not apply a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name.
    pub service: String,
    /// Its own words.
    pub error: String,
}

/// A mistake or an oddity of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `error` or `warning`.
    pub severity: String,
    /// The setting in dots.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The file that it is written in.
    pub file: Option<String>,
    /// The line there, counted from 1.
    pub line: Option<usize>,
    /// The column there, in characters and counted from 1.
    pub column: Option<usize>,
    /// All of it with the line of the file and a caret, without the severity.
    pub text: String,
}

impl Report {
    /// Whether the configuration cannot be served, so that nothing of it was applied.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|it| it.severity == "error")
    }

    /// How many changes came to this.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        let such = self.changes.iter().filter(|it| it.outcome == outcome);
        such.count()
    }
}

impl Changed {
    pub(super) fn new(it: &Difference, outcome: Outcome) -> Self {
        Self {
            path: it.path.clone(),
            from: it.from.clone(),
            to: it.to.clone(),
            source: it.source.as_ref().map(ToString::to_string),
            outcome,
        }
    }
}

impl Finding {
    pub(super) fn of(it: &Diagnostic) -> Self {
        let place = it.place.as_ref();
        Self {
            severity: it.severity.to_string(),
            path: it.path.clone(),
            message: it.message.clone(),
            help: it.help.clone(),
            file: place.map(|it| it.file().to_owned()),
            line: place.map(|it| it.line()),
            column: place.map(|it| it.column()),
            text: it.unlabelled().to_string().trim_end().to_owned(),
        }
    }
}

impl fmt::Display for Changed {
    /// `http.pool.num_workers: 4 -> 8 (.rr.yaml:7:18)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (shown(self.from.as_ref()), shown(self.to.as_ref()));
        write!(f, "{}: {from} -> {to}", self.path)?;
        match &self.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

/// As a file would have it.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(not set)".to_owned(),
        Some(Value::String(text)) => emit::text(text),
        Some(other) => emit::inline(other),
    }
}
