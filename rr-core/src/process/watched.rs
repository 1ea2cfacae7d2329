//! A process: watched until it ends, signalled as a group.

use std::process::ExitStatus;

use tokio::{
    sync::{mpsc, watch},
    time::{Duration, timeout},
};

use super::{Child, group};

/// How hard a process is asked to end. Windows knows the last one alone: each of them is that.
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
        let (process, orders, ended) = Self::told(pid);
        tokio::spawn(watch(pid, child, orders, ended));
        process
    }

    /// A handle for whoever else gets its signals and says its end.
    pub(crate) fn told(
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
        self.status.borrow().is_some() && group::exists(self.pid)
    }

    /// Signals what [it has left](Self::has_left_others).
    pub fn signal_others(&self, signal: Signal) {
        if self.has_left_others() {
            group::signal(self.pid, signal);
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
pub(super) struct Group(pub(super) Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            group::signal(pid, Signal::Kill);
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
                group::send(pid, signal.unwrap_or(Signal::Kill), &mut child);
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
