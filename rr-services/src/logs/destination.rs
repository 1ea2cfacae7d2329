//! Where channels write, each place opened once however many channels write there.

use std::{path::Path, sync::Arc};

use rr_core::BoxError;

use super::{
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
pub(super) struct Writers(Vec<(Destination, Arc<Writer>)>);

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
    /// about what the writer itself cannot do, which go to `errors`.
    pub(super) fn to(
        &mut self,
        to: Destination,
        errors: &[String],
        report: impl Fn(bool, Trouble) -> String + Send + 'static,
    ) -> Result<(Arc<Writer>, bool), BoxError> {
        if let Some((_, writer)) = self.0.iter().find(|it| it.0 == to) {
            return Ok((Arc::clone(writer), writer.is_terminal()));
        }
        let quarrel = self.0.iter().find_map(|it| it.0.quarrels_with(&to));
        if let Some(file) = quarrel {
            return Err(Quarrel(file).into());
        }
        let outputs = to.open()?;
        let errors = Destination::Plain(errors.to_vec()).open()?;
        let is_terminal = outputs.iter().all(Output::is_terminal);
        let writer = Writer::start(outputs, errors, move |it| report(is_terminal, it))?;
        let writer = Arc::new(writer);
        self.0.push((to, Arc::clone(&writer)));
        Ok((writer, is_terminal))
    }

    /// All of them.
    pub(super) fn all(self) -> Vec<Arc<Writer>> {
        self.0.into_iter().map(|it| it.1).collect()
    }
}
