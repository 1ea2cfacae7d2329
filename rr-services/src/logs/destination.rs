//! Where channels write, each place opened once however many channels write there.

use std::{path::Path, sync::Arc};

use rr_core::BoxError;

use super::{
    encode::Encoding,
    output::{Output, OutputError},
    rotate::Rules,
    writer::{Trouble, Writer},
};

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// `stderr`, `stdout`, or files that only grow.
    Plain(Vec<String>),
    /// A file that is put aside when it is full.
    Rotating(Rules),
}

/// The writers of a server.
#[derive(Debug, Default)]
pub(super) struct Writers {
    open: Vec<Open>,
    /// Those of the configuration before this one.
    earlier: Vec<Open>,
}

/// One of them.
#[derive(Clone, Debug)]
struct Open {
    to: Destination,
    style: Style,
    writer: Arc<Writer>,
}

/// How a writer tells what it cannot do itself, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Of its lines, as if no terminal were there.
    pub(super) encoding: Encoding,
    pub(super) line_ending: String,
    pub(super) errors: Vec<String>,
}

/// Two channels write to one file in ways that do not go together.
#[derive(Debug, thiserror::Error)]
#[error(
    "two channels of `logs` write to `{0}`, by different rules\nhelp: write the same `file_logger_options` in both, or let them have a file each"
)]
struct Quarrel(String);

impl Destination {
    fn open(&self) -> Result<Vec<Output>, OutputError> {
        match self {
            Self::Plain(names) => names.iter().map(|it| Output::open(it)).collect(),
            Self::Rotating(rules) => Ok(vec![Output::open_rotating(rules.clone())?]),
        }
    }

    /// A file that both write to, where at least one puts it aside.
    fn quarrels_with(&self, other: &Self) -> Option<String> {
        let shared = match (self, other) {
            (Self::Rotating(a), Self::Rotating(b)) => a.path == b.path && a != b,
            (Self::Rotating(a), Self::Plain(names)) => {
                names.iter().any(|it| Path::new(it) == a.path)
            }
            (Self::Plain(_), Self::Rotating(_)) => return other.quarrels_with(self),
            (Self::Plain(_), Self::Plain(_)) => false,
        };
        match self {
            Self::Rotating(rules) if shared => Some(rules.path.display().to_string()),
            _ => None,
        }
    }
}

impl Writers {
    /// The writer to `to`, and whether all that is there are terminals. `report` makes the lines
    /// about what the writer itself cannot do, in that `style`.
    pub(super) fn to(
        &mut self,
        to: Destination,
        style: Style,
        report: impl Fn(bool, Trouble) -> String + Send + 'static,
    ) -> Result<(Arc<Writer>, bool), BoxError> {
        if let Some(open) = self.open.iter().find(|it| it.to == to) {
            return Ok((Arc::clone(&open.writer), open.writer.is_terminal()));
        }
        let quarrel = self.open.iter().find_map(|it| it.to.quarrels_with(&to));
        if let Some(file) = quarrel {
            return Err(Quarrel(file).into());
        }
        let is_same = |it: &&Open| it.to == to && it.style == style;
        if let Some(open) = self.earlier.iter().find(is_same) {
            self.open.push(open.clone());
            return Ok((Arc::clone(&open.writer), open.writer.is_terminal()));
        }
        let outputs = to.open()?;
        let errors = Destination::Plain(style.errors.clone()).open()?;
        let is_terminal = outputs.iter().all(Output::is_terminal);
        let writer = Writer::start(outputs, errors, move |it| report(is_terminal, it))?;
        let writer = Arc::new(writer);
        let open = Open {
            to,
            style,
            writer: Arc::clone(&writer),
        };
        self.open.push(open);
        Ok((writer, is_terminal))
    }

    /// None yet; those of `earlier` are taken over where they are wanted again.
    pub(super) fn after(earlier: Option<&Self>) -> Self {
        Self {
            open: Vec::new(),
            earlier: earlier.map(|it| it.open.clone()).unwrap_or_default(),
        }
    }

    /// What is not wanted any more ends with its last line.
    pub(super) fn forget_earlier(&mut self) {
        self.earlier.clear();
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Writer> {
        self.open.iter().map(|it| &*it.writer)
    }
}
