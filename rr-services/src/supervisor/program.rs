//! One program of the section: what is run, how often, and when again.

use std::{io, process::Stdio, time::Duration};

use rr_core::process::{Command, Output, Process};

/// The most processes of one program.
pub(super) const MOST: u32 = 2048;

/// What to run, and by which rules.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) command: Command,
    /// Side by side; at least one.
    pub(super) processes: u32,
    pub(super) exec_timeout: Option<Duration>,
    /// The pause before the next start; `None` where what has ended stays so.
    pub(super) restart: Option<Duration>,
    /// Between SIGINT and SIGKILL.
    pub(super) stop: Duration,
    /// Its output is logged by a logger of its own, `service.NAME`.
    pub(super) own_logger: bool,
}

/// A process of a program that cannot be started.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot start `{command}` of the service `{name}`: {source}\nhelp: the program is looked up in PATH, no shell is involved"
)]
pub(super) struct StartError {
    name: String,
    command: String,
    source: io::Error,
}

impl Program {
    /// Starts one process, whose output goes to the log line by line.
    pub(super) async fn start(&self) -> Result<Process, StartError> {
        let started = self.command.spawn(Stdio::null()).await;
        let mut child = started.map_err(|source| StartError {
            name: self.name.clone(),
            command: self.command.to_string(),
            source,
        })?;
        let pid = child.id().expect("it was not waited for yet");
        if let Some(stdout) = child.stdout.take() {
            Output::read(stdout, self.log(pid));
        }
        if let Some(stderr) = child.stderr.take() {
            Output::read(stderr, self.log(pid));
        }
        let service = &*self.name;
        tracing::debug!(target: "service", service, pid, "process started");
        Ok(Process::watch(pid, child))
    }

    fn log(&self, pid: u32) -> impl FnMut(&str) + Send + 'static {
        let name = self.name.clone();
        let logger = self.own_logger.then(|| format!("service.{name}"));
        move |line| match &logger {
            Some(logger) => tracing::info!(target: "service", logger, pid, "{line}"),
            None => tracing::info!(target: "service", service = name, pid, "{line}"),
        }
    }
}
