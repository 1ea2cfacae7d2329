//! The servers below process 1: the one that serves, and those that it has succeeded and that finish what
//! they have begun.

use std::{io, io::Read as _, os::unix::net::UnixStream};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

#[derive(Debug)]
pub(super) struct Servers {
    /// The last one serves.
    running: Vec<Pid>,
    /// On which each server tells the pid of its successor, a line each.
    line: UnixStream,
    heard: String,
    /// All of them were told to stop.
    stopping: bool,
    /// How the one that served ended.
    outcome: Option<WaitStatus>,
}

impl Servers {
    pub(super) fn new(first: Pid, line: UnixStream) -> Self {
        Self {
            running: vec![first],
            line,
            heard: String::new(),
            stopping: false,
            outcome: None,
        }
    }

    /// Takes the status of all processes that have ended. Returns that of the server, where it is among them
    /// and no other one is to be waited for; [`WaitStatus::StillAlive`] where the server went without a
    /// trace.
    pub(super) fn reap(&mut self) -> io::Result<Option<WaitStatus>> {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => break,
                Ok(status) => self.note(status),
                Err(Errno::EINTR) => {}
                // A successor that ended before its predecessor was reaped by that one.
                Err(Errno::ECHILD) => {
                    let outcome = self.outcome.unwrap_or(WaitStatus::StillAlive);
                    return Ok(Some(outcome));
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        let is_over = self.running.is_empty() || !self.stopping;
        Ok(self.outcome.filter(|_| is_over))
    }

    fn note(&mut self, status: WaitStatus) {
        // What it has said before its end is there.
        self.hear();
        let at = self.running.iter().position(|it| status.pid() == Some(*it));
        let Some(at) = at else {
            return;
        };
        self.running.remove(at);
        if at == self.running.len() {
            self.outcome = Some(status);
        }
    }

    /// Passes a signal on: to stop is for all of them, the rest for the one that serves.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.hear();
        let to = match signal {
            Signal::SIGINT | Signal::SIGQUIT | Signal::SIGTERM => {
                self.stopping = true;
                &self.running[..]
            }
            _ => self.running.last().map_or(&[][..], std::slice::from_ref),
        };
        for pid in to {
            // Ours have not been reaped; one that its predecessor has reaped is not there.
            kill(*pid, signal).ok();
        }
    }

    fn hear(&mut self) {
        // It says less at a time, and never half of a line.
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = self.line.read(&mut bytes) {
            self.heard += &String::from_utf8_lossy(&bytes[..read]);
        }
        while let Some((line, rest)) = self.heard.split_once('\n') {
            // 0, 1 and what is negative mean groups of processes to `kill`.
            let pid = line.parse().ok().filter(|it| *it > 1);
            self.running.extend(pid.map(Pid::from_raw));
            self.heard = rest.to_owned();
        }
    }
}
