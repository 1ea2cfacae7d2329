//! What the first process of a container owes to the others: it reaps orphans, and passes signals on.
//!
//! A process whose parent is gone becomes a child of process 1 and stays a zombie until that one
//! waits for it. A server that waits for whatever has ended would take the status of a worker from
//! the task that watches it. So process 1 does nothing else, and the server runs as its child.

use std::{env, io, os::unix::process::CommandExt as _, process};

use nix::{
    errno::Errno,
    sys::{
        signal::{SigSet, Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::cli::{Exit, Failure, Text};

/// What is passed on. A server that is told twice to stop stops at once, so it is in a group of
/// its own, which a terminal does not signal as well.
const PASSED_ON: [Signal; 6] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
];

/// As process 1, runs the program once more as a child and returns how that ended; `None` for
/// any other process.
pub(in crate::cli) fn stand_in() -> Option<Result<(), Failure>> {
    let signals = signals();
    if process::id() != 1 {
        // As a child of process 1 it has inherited what is blocked there.
        let unblocked = signals.thread_unblock();
        return unblocked.err().map(|errno| {
            let text = format!("cannot unblock signals: {errno}");
            Err(Failure::new(Exit::Start, text))
        });
    }
    Some(run(signals).unwrap_or_else(|error| {
        let text = format!("cannot run the server as a child of process 1: {error}");
        Err(Failure::new(Exit::Start, text))
    }))
}

fn signals() -> SigSet {
    PASSED_ON.into_iter().chain([Signal::SIGCHLD]).collect()
}

fn run(signals: SigSet) -> io::Result<Result<(), Failure>> {
    // Blocked signals wait until they are fetched, so none is lost.
    signals.thread_block()?;
    let mut arguments = env::args_os();
    let mut command = process::Command::new(env::current_exe()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let child = command.args(arguments).process_group(0).spawn()?.id();
    let child = Pid::from_raw(child.cast_signed());
    loop {
        if let Some(status) = reap(child)? {
            return Ok(ended(status));
        }
        match signals.wait()? {
            Signal::SIGCHLD => {}
            // It has not been reaped, so this is the process that it goes to.
            signal => kill(child, signal)?,
        }
    }
}

/// Takes the status of all that have ended; that of `child` is returned.
fn reap(child: Pid) -> io::Result<Option<WaitStatus>> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(status) if status.pid() == Some(child) => return Ok(Some(status)),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// The server has said itself why it failed, unless it was killed.
fn ended(status: WaitStatus) -> Result<(), Failure> {
    match status {
        WaitStatus::Exited(_, 0) => Ok(()),
        WaitStatus::Exited(_, code) => Err(Failure {
            exit: Exit::from_code(code).unwrap_or(Exit::Failed),
            text: Text::Said,
        }),
        WaitStatus::Signaled(_, signal, _) => {
            let text = format!("the server was killed by {signal}");
            Err(Failure::new(Exit::Failed, text))
        }
        other => Err(Failure::new(
            Exit::Failed,
            format!("the server is {other:?}"),
        )),
    }
}
