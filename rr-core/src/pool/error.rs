//! Why a task got no answer.

use std::time::Duration;

use super::{Malformed, SpawnError};
use crate::relay::RelayError;

/// Why a task got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// Context and body are empty, which workers take for the end of work.
    #[error("the task is empty")]
    Empty,
    /// The pool is stopping.
    #[error("the worker pool is stopping")]
    Stopping,
    /// The task's own worker did not come up.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// Every worker stayed busy.
    #[error("no worker became free within {0:?}")]
    NoWorker(Duration),
    /// Too many tasks wait already.
    #[error("{0} tasks are in work or wait for a worker already")]
    QueueFull(usize),
    /// The worker says that the task failed. It is well itself.
    #[error("{0}")]
    Task(String),
    /// The worker died, or wrote something that is no frame and was killed. Another one takes its place.
    #[error("worker {pid} failed: {source} ({status}){}", shown(.written))]
    Died {
        /// Its process id.
        pid: u32,
        /// How its process ended.
        status: String,
        /// What it wrote instead of a frame.
        written: String,
        /// What happened to the connection.
        source: RelayError,
    },
    /// The worker sent a frame that is no answer. It is replaced.
    #[error("worker {pid} answered with {source}")]
    Malformed {
        /// Its process id.
        pid: u32,
        /// What is wrong with the frame.
        source: Malformed,
    },
    /// The task took longer than it may; the worker was killed and is replaced.
    #[error("worker {pid} was killed: its task took longer than {limit:?}")]
    TimedOut {
        /// Its process id.
        pid: u32,
        /// `exec_timeout`.
        limit: Duration,
    },
    /// Worker after worker wished to stop or was found dead.
    #[error("{0} workers in turn did not take the task")]
    Refused(usize),
}

impl ExecError {
    /// The process id of the worker that failed, where one did.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Died { pid, .. } | Self::Malformed { pid, .. } | Self::TimedOut { pid, .. } => {
                Some(*pid)
            }
            _ => None,
        }
    }
}

fn shown(written: &str) -> String {
    match written.trim() {
        "" => String::new(),
        text => format!("; it wrote to its stdout, where only frames may go: `{text}`"),
    }
}
