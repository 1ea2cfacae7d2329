//! What the command line takes from its process besides the streams, so that tests can give it.

use std::{env, io, path::Path};

use super::{Exit, Failure, Signals, init};
use crate::config::Lookup;

pub(super) struct Process<'a> {
    /// Looks a variable up.
    pub(super) env: &'a Lookup<'a>,
    /// Changes the working directory.
    pub(super) enter: &'a dyn Fn(&Path) -> io::Result<()>,
    /// Begins to catch signals.
    pub(super) signals: &'a dyn Fn() -> io::Result<Signals>,
    /// Serves by a child where this process has to be there for others; how that ended.
    pub(super) stand_in: &'a dyn Fn() -> Option<Result<(), Failure>>,
}

impl Process<'static> {
    /// The one that runs.
    pub(super) const fn this() -> Self {
        Self {
            env: &|name| env::var(name).ok(),
            enter: &|folder| env::set_current_dir(folder),
            signals: &Signals::install,
            stand_in: &init::stand_in,
        }
    }
}

impl Process<'_> {
    /// Works in `folder` from now on.
    pub(super) fn enter(&self, folder: &Path) -> Result<(), Failure> {
        if folder.as_os_str().is_empty() {
            return Ok(());
        }
        (self.enter)(folder).map_err(|error| {
            let folder = folder.display();
            Failure::new(Exit::Usage, format!("cannot work in `{folder}`: {error}"))
        })
    }

    pub(super) fn signals(&self) -> Result<Signals, Failure> {
        (self.signals)()
            .map_err(|error| Failure::new(Exit::Command, format!("cannot catch signals: {error}")))
    }
}
