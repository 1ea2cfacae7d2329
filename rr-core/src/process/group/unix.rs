//! A process and all that it started, as a group that signals reach.

use std::io;

use nix::{
    errno::Errno,
    sys::signal::{self, killpg},
    unistd::Pid,
};
use tokio::process::Command;

use super::{Child, RunAs, watched::Signal};

/// Makes what `command` starts the leader of a group, run by `user`.
pub(super) fn lead(command: &mut Command, user: Option<RunAs>) -> io::Result<()> {
    command.process_group(0);
    if let Some(RunAs { uid, gid }) = user {
        command.uid(uid).gid(gid);
    }
    Ok(())
}

/// Signals the group that `child` leads.
pub(super) fn send(pid: u32, signal: Signal, _: &mut Child) {
    self::signal(pid, signal);
}

/// Signals the group `pid`, whose leader may have ended.
pub(super) fn signal(pid: u32, signal: Signal) {
    let signal = match signal {
        Signal::Interrupt => signal::SIGINT,
        Signal::Terminate => signal::SIGTERM,
        Signal::Kill => signal::SIGKILL,
    };
    if let Err(error) = killpg(id(pid), signal) {
        tracing::debug!(target: "server", pid, %error, "{signal} did not reach a process");
    }
}

/// Whether the group has members.
pub(super) fn exists(pid: u32) -> bool {
    // Those of another user are members.
    !matches!(killpg(id(pid), None), Err(Errno::ESRCH))
}

fn id(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).expect("a pid is a positive i32"))
}
