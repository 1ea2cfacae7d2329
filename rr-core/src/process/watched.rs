//! A process: watched until it ends, signalled as a group.

use std::process::ExitStatus;

use tokio::{
    process::Child,
    sync::{mpsc, watch},
    time::{Duration, timeout},
};

/// How hard a process is asked to end.
#[derive(Clone, Copy, Debug)]
pub enum Signal {
    /// SIGINT: as from the keyboard.
    Interrupt,
    /// SIGTERM: it may clean up.
    Terminate,
    /// SIGKILL.
    Kill,
}

/// A handle to a watched process. Only the watcher signals, and only what it has not
/// reaped yet, so that a reused pid is never hit.
#[derive(Clone, Debug)]
pub struct Process {
    pid: u32,
    orders: mpsc::UnboundedSender<Signal>,
    status: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    /// Watches `child` in a task of its own.
    #[must_use]
    pub fn watch(pid: u32, child: Child) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        let (ended, status) = watch::channel(None);
        tokio::spawn(watch(pid, child, received, ended));
        Self {
            pid,
            orders,
            status,
        }
    }

    /// A handle to something that is no process: its signals and its end are the test's.
    #[cfg(test)]
    pub(crate) fn fake(
        pid: u32,
    ) -> (
        Self,
        mpsc::UnboundedReceiver<Signal>,
        watch::Sender<Option<ExitStatus>>,
    ) {
        let (orders, signals) = mpsc::unbounded_channel();
        let (ended, status) = watch::channel(None);
        let process = Self {
            pid,
            orders,
            status,
        };
        (process, signals, ended)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Signals the process and all that it started; nothing happens once it has ended.
    pub fn signal(&self, signal: Signal) {
        // The watcher is gone once the process is: then there is nobody to signal.
        self.orders.send(signal).ok();
    }

    /// Whether anything is left of its group once it has ended itself: what it started goes on, and
    /// the number of a group is nobody else's as long as it has a member.
    #[must_use]
    pub fn has_left_others(&self) -> bool {
        self.status.borrow().is_some() && group_exists(self.pid)
    }

    /// Signals what [it has left](Self::has_left_others).
    pub fn signal_others(&self, signal: Signal) {
        if self.has_left_others() {
            signal_rest(self.pid, signal);
        }
    }

    /// Resolves when the process has ended and was reaped.
    pub async fn ended(&self) -> Option<ExitStatus> {
        let mut status = self.status.clone();
        status
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|it| *it)
    }

    /// The status, where it ends within `limit`.
    pub async fn ended_within(&self, limit: Duration) -> Option<ExitStatus> {
        timeout(limit, self.ended()).await.ok().flatten()
    }
}

/// Kills a group when the runtime, and the watcher with it, goes: the guard of the child
/// itself reaches the first process alone.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            kill_group(pid);
        }
    }
}

async fn watch(
    pid: u32,
    mut child: Child,
    mut orders: mpsc::UnboundedReceiver<Signal>,
    ended: watch::Sender<Option<ExitStatus>>,
) {
    let mut group = Group(Some(pid));
    let mut is_wanted = true;
    loop {
        tokio::select! {
            // A signal sent before the end was noticed still goes to the group.
            biased;
            signal = orders.recv(), if is_wanted => {
                // Without a handle nobody can use it or stop it: a boot that was given up.
                is_wanted = signal.is_some();
                send(pid, signal.unwrap_or(Signal::Kill), &mut child);
            }
            status = child.wait() => {
                group.0 = None;
                match status {
                    Ok(status) => ended.send_replace(Some(status)),
                    Err(error) => {
                        tracing::error!(target: "server", pid, %error, "cannot wait for a process");
                        None
                    }
                };
                return;
            }
        }
    }
}

#[cfg(unix)]
fn send(pid: u32, signal: Signal, _child: &mut Child) {
    signal_rest(pid, signal);
}

#[cfg(unix)]
fn signal_rest(pid: u32, signal: Signal) {
    use nix::sys::signal;
    match signal {
        Signal::Interrupt => signal_group(pid, signal::Signal::SIGINT),
        Signal::Terminate => signal_group(pid, signal::Signal::SIGTERM),
        Signal::Kill => kill_group(pid),
    }
}

#[cfg(unix)]
fn kill_group(pid: u32) {
    signal_group(pid, nix::sys::signal::Signal::SIGKILL);
}

#[cfg(unix)]
fn group_exists(pid: u32) -> bool {
    use nix::{errno::Errno, sys::signal::killpg, unistd::Pid};
    let group = Pid::from_raw(i32::try_from(pid).expect("a pid is a positive i32"));
    // Members of another user are members.
    !matches!(killpg(group, None), Err(Errno::ESRCH))
}

#[cfg(unix)]
fn signal_group(pid: u32, signal: nix::sys::signal::Signal) {
    use nix::{sys::signal::killpg, unistd::Pid};
    let group = Pid::from_raw(i32::try_from(pid).expect("a pid is a positive i32"));
    if let Err(error) = killpg(group, signal) {
        tracing::debug!(target: "server", pid, %error, "{signal} did not reach a process");
    }
}

#[cfg(not(unix))]
fn send(pid: u32, _signal: Signal, child: &mut Child) {
    if let Err(error) = child.start_kill() {
        tracing::debug!(target: "server", pid, %error, "a process could not be killed");
    }
}

#[cfg(not(unix))]
fn group_exists(_pid: u32) -> bool {
    false
}

#[cfg(not(unix))]
fn signal_rest(_pid: u32, _signal: Signal) {}

/// There are no groups; the guard of the child kills it.
#[cfg(not(unix))]
fn kill_group(_pid: u32) {}
