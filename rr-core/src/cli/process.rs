//! What the command line takes from its process besides the streams, so that tests can give it.

use std::{env, io, path::Path};

use super::{Exit, Failure, Signals, again, hangup::Hangups, init, kill, upgrade::Upgrade};
use crate::config::Lookup;

/// Names and values.
pub(super) type Variables = [(String, String)];

#[derive(Clone, Copy)]
pub(super) struct Process<'a> {
    /// Looks a variable up.
    pub(super) env: &'a Lookup<'a>,
    /// Changes the working directory.
    pub(super) enter: &'a dyn Fn(&Path) -> io::Result<()>,
    /// Begins to catch signals.
    pub(super) signals: &'a dyn Fn() -> io::Result<Signals>,
    /// Meets the process that this one is to succeed; may be asked for a successor. Needs a runtime.
    pub(super) upgrade: &'a dyn Fn() -> Result<Upgrade, Failure>,
    /// Begins to hear when the configuration is to be read again.
    pub(super) hangups: &'a dyn Fn() -> io::Result<Hangups>,
    /// Asks another process to end.
    pub(super) terminate: &'a dyn Fn(u32) -> io::Result<()>,
    /// Goes on as the same program with these variables set; returns where it cannot.
    pub(super) start_again: &'a dyn Fn(&Variables) -> io::Result<()>,
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
            upgrade: &Upgrade::find,
            hangups: &Hangups::install,
            terminate: &kill::terminate,
            start_again: &again::start_again,
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

    /// Sets variables for this process and its children. The only way without touching what
    /// other threads may be reading is to begin again; with nothing new there is nothing to do.
    pub(super) fn set_variables(&self, variables: &Variables) -> Result<(), Failure> {
        let is_new = |it: &&(String, String)| (self.env)(&it.0).is_none();
        let new: Vec<_> = variables.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        (self.start_again)(&new).map_err(|error| {
            let text = format!("cannot start again with the variables of a file: {error}");
            Failure::new(Exit::Start, text)
        })
    }

    pub(super) fn signals(&self) -> Result<Signals, Failure> {
        (self.signals)().map_err(|error| uncaught(&error))
    }

    pub(super) fn hangups(&self) -> Result<Hangups, Failure> {
        (self.hangups)().map_err(|error| uncaught(&error))
    }
}

fn uncaught(error: &io::Error) -> Failure {
    Failure::new(Exit::Command, format!("cannot catch signals: {error}"))
}
