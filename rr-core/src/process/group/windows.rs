//! A process and all that it started, as a job that is ended as a whole.

use std::io;

use tokio::process::Command;

use super::{Child, RunAs, watched::Signal};

/// Nothing is to be set: the job is made at the start.
///
/// # Errors
/// For a user, whom this system wants a password of.
pub(super) fn lead(_: &mut Command, user: Option<RunAs>) -> io::Result<()> {
    match user {
        None => Ok(()),
        Some(_) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "processes cannot be run as another user on Windows",
        )),
    }
}

/// Ends the job, however softly that was asked for: there is nothing softer.
pub(super) fn send(pid: u32, _: Signal, child: &mut Child) {
    if let Err(error) = child.start_kill() {
        tracing::debug!(target: "server", pid, %error, "a process could not be killed");
    }
}

/// Nobody is left: the job ends with the handle to its first process.
pub(super) fn signal(_: u32, _: Signal) {}

/// Never, as said above.
pub(super) fn exists(_: u32) -> bool {
    false
}
