//! Asks another process to end, by a signal.

use std::io;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Sends `SIGTERM`.
pub(in crate::cli) fn terminate(pid: u32) -> io::Result<()> {
    Ok(kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?)
}
