//! What the first process of a container owes to the others: it reaps orphans, and passes signals on.
//!
//! A process whose parent is gone becomes a child of process 1 and stays a zombie until that one
//! waits for it. A server that waits for whatever has ended would take the status of a worker from
//! the task that watches it. So process 1 does nothing else, and the server runs as its child. Where
//! another process takes the server's place, the server says so over the socket that is its stdin.

mod servers;

use std::{
    env,
    fs::File,
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::{
            net::UnixStream,
            process::{CommandExt as _, parent_id},
        },
    },
    process,
};

use nix::{
    sys::{
        signal::{SigSet, Signal},
        wait::WaitStatus,
    },
    unistd::Pid,
};
use rustix::stdio::dup2_stdin;

use crate::{
    cli::{Exit, Failure, Text},
    process::FIRST_PROCESS,
};
use servers::Servers;

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

/// How the first process of the container is told who takes the place of this one; `None` where it
/// is not this program.
pub(in crate::cli) fn line() -> Result<Option<OwnedFd>, Failure> {
    if env::var_os(FIRST_PROCESS).is_none() || parent_id() != 1 {
        return Ok(None);
    }
    let taken = || {
        let line = io::stdin().as_fd().try_clone_to_owned()?;
        dup2_stdin(File::open("/dev/null")?)?;
        Ok(line)
    };
    taken().map(Some).map_err(|error: io::Error| {
        let text = format!("cannot take the line to process 1: {error}");
        Failure::new(Exit::Start, text)
    })
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
    let (line, theirs) = UnixStream::pair()?;
    line.set_nonblocking(true)?;
    command.stdin(OwnedFd::from(theirs)).env(FIRST_PROCESS, "1");
    let child = command.args(arguments).process_group(0).spawn()?.id();
    let mut servers = Servers::new(Pid::from_raw(child.cast_signed()), line);
    loop {
        if let Some(status) = servers.reap()? {
            return Ok(ended(status));
        }
        match signals.wait()? {
            Signal::SIGCHLD => {}
            signal => servers.signal(signal),
        }
    }
}

/// The server has said itself why it failed, unless it was killed.
fn ended(status: WaitStatus) -> Result<(), Failure> {
    match status {
        WaitStatus::StillAlive => Err(Failure::new(Exit::Failed, "the server is gone")),
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
