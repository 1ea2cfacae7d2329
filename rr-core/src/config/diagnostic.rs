//! What is wrong with a configuration and where, for the person who must mend it.

use std::fmt;

use super::{Config, Place, render};

/// Findings kept in one run.
const MOST: usize = 1000;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The server starts; something in the file has no effect or an odd one.
    Warning,
    /// The server does not start.
    Error,
}

/// One finding.
///
/// Shown by `Display` in several lines, as compilers do: message, place, source line with a
/// caret, help. No value of a key that looks like a secret is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Lower case, no full stop, literals in backticks.
    pub message: String,
    /// Where it was written, if it was written at all.
    pub place: Option<Place>,
    /// The setting in dots, such as `http.pool.num_workers`.
    pub path: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Whether something is written that nobody reads.
    pub(super) idle: bool,
}

/// All findings of one run, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A warning without a place yet.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    /// A warning that something is written which has no effect: `config check` refuses that.
    pub fn idle(message: impl Into<String>) -> Self {
        Self {
            idle: true,
            ..Self::warning(message)
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// Says where, from the path, if that is known and the place is not yet.
    pub(crate) fn placed_in(mut self, config: &Config) -> Self {
        let path = self.path.as_deref();
        let place = path.and_then(|it| config.place(it));
        self.place = self.place.or(place);
        self
    }

    /// Says which setting.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As it is shown, without its severity: for logs, which have a column for that.
    pub fn unlabelled(&self) -> impl fmt::Display {
        fmt::from_fn(|f| render::finding(self, f))
    }

    fn new(severity: Severity, message: String) -> Self {
        Self {
            severity,
            message,
            place: None,
            path: None,
            help: None,
            idle: false,
        }
    }
}

impl Diagnostics {
    /// Adds a finding; one that is there already is not repeated. After a thousand nobody reads
    /// on: what comes then is dropped, but for a first error.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let full = self.0.len() >= MOST;
        if full && (diagnostic.severity == Severity::Warning || self.has_errors()) {
            return;
        }
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the server must not start.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// The findings, first found first.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Makes errors of what is written and read by nobody (`config check`).
    pub fn deny_idle(&mut self) {
        for diagnostic in self.0.iter_mut().filter(|it| it.idle) {
            diagnostic.severity = Severity::Error;
        }
    }

    /// Makes every warning an error (`--strict`).
    pub fn deny_warnings(&mut self) {
        for diagnostic in &mut self.0 {
            diagnostic.severity = Severity::Error;
        }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, found: I) {
        found
            .into_iter()
            .for_each(|diagnostic| self.push(diagnostic));
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::diagnostic(self, f)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
