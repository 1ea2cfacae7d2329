//! Processes that another one has forked: watched and signalled like children, though their end is
//! told by their parent.

use std::{
    fs, io,
    process::{ExitStatus, id},
};

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::{
    net::unix::pipe::Receiver,
    sync::{mpsc, watch},
};

use super::{Process, Signal, group, watched::Group};

/// Whether this system can do that.
pub(crate) const IS_POSSIBLE: bool = true;

/// A process that its parent has forked, and not reaped: its number is its own until then.
#[derive(Debug)]
pub(crate) struct Forked {
    pid: u32,
    /// Readable once it has ended. No pipe, but it is waited for like one, and never read.
    end: Receiver,
}

impl Forked {
    /// Finds the process `pid`.
    ///
    /// # Errors
    /// When there is none, or it is no child of `parent`: in another namespace a number means
    /// somebody else.
    pub(crate) fn find(pid: u32, parent: u32) -> io::Result<Self> {
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let number = number.ok_or(io::ErrorKind::InvalidInput)?;
        let handle = pidfd_open(number, PidfdFlags::NONBLOCK)?;
        let end = Receiver::from_owned_fd_unchecked(handle)?;
        match parent_of(pid)? == parent && pid != id() {
            true => Ok(Self { pid, end }),
            false => Err(io::Error::other(format!(
                "process {pid} is no child of process {parent}"
            ))),
        }
    }

    /// Watches it in a task of its own. It must lead a group of its own. Once it has ended, `reap`
    /// has its parent say how.
    pub(crate) fn watch(
        self,
        reap: impl Future<Output = Option<ExitStatus>> + Send + 'static,
    ) -> Process {
        let (process, orders, ended) = Process::told(self.pid);
        tokio::spawn(watch(self, orders, ended, reap));
        process
    }
}

fn parent_of(pid: u32) -> io::Result<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before it, in parentheses, may have spaces and parentheses itself.
    let parent = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1)?.parse().ok());
    parent.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

async fn watch(
    forked: Forked,
    mut orders: mpsc::UnboundedReceiver<Signal>,
    ended: watch::Sender<Option<ExitStatus>>,
    reap: impl Future<Output = Option<ExitStatus>>,
) {
    let Forked { pid, end } = forked;
    let mut group = Group(Some(pid));
    let mut is_wanted = true;
    loop {
        tokio::select! {
            biased;
            // A parent that has died does not keep the number: nothing is sent to what has ended.
            _ = end.readable() => break,
            signal = orders.recv(), if is_wanted => {
                // As with a child: a boot that was given up.
                is_wanted = signal.is_some();
                group::signal(pid, signal.unwrap_or(Signal::Kill));
            }
        }
    }
    group.0 = None;
    if let Some(status) = reap.await {
        ended.send_replace(Some(status));
    }
}
