//! What happens to the workers of a pool: told to listeners and logged, each once.

use std::{fmt, sync::Arc, time::Duration};

/// Something that happened in a pool.
#[derive(Clone, Debug)]
pub struct Event {
    /// The name of the service whose pool it is.
    pub pool: Arc<str>,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum What {
    /// A process was started; it is not ready yet.
    Started {
        /// Its process id.
        pid: u32,
    },
    /// A worker has said its pid and gets tasks.
    Ready {
        /// Its process id.
        pid: u32,
        /// From the start of the process.
        took: Duration,
    },
    /// A worker did not come up.
    NotReady {
        /// Why, with what it printed.
        error: String,
        /// The time until the next attempt.
        retry_in: Duration,
    },
    /// A worker has passed a limit. It goes on until another one is up.
    Due {
        /// Its process id.
        pid: u32,
        /// The limit.
        why: Why,
    },
    /// A worker that was asked to stop has ended.
    Stopped {
        /// Its process id.
        pid: u32,
        /// Why it had to go.
        why: Why,
        /// The tasks that it has had.
        tasks: u64,
    },
    /// A worker was killed.
    Killed {
        /// Its process id.
        pid: u32,
        /// Why it had to go.
        why: Why,
        /// The tasks that it has had.
        tasks: u64,
    },
    /// A worker ended by itself.
    Died {
        /// Its process id.
        pid: u32,
        /// How it ended: exit status or signal.
        status: String,
        /// The tasks that it has had.
        tasks: u64,
    },
    /// A task whose worker was lost is given to another one.
    Repeated {
        /// The worker that was lost.
        pid: u32,
        /// How often the task has been given to a worker by now.
        attempts: u32,
        /// What happened to the worker.
        error: String,
    },
    /// The dynamic allocator changed the number of workers.
    Scaled {
        /// How many there were to be.
        from: usize,
        /// How many there are to be.
        to: usize,
    },
    /// All workers are new.
    Reset {
        /// How many.
        workers: usize,
        /// From the order to the end of the last old worker.
        took: Duration,
    },
    /// The new code does not boot: the workers that run stay.
    RolledBack {
        /// Why, with what the new worker printed.
        error: String,
    },
}

/// Why a worker has to go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It has had its share of tasks.
    Jobs,
    /// It is older than `ttl`.
    Age(Duration),
    /// It has been idle for longer than `idle_ttl`.
    Idle(Duration),
    /// It has grown beyond the limit.
    Memory {
        /// Its resident memory in bytes.
        bytes: u64,
        /// The most that it may have.
        limit: u64,
    },
    /// It asked for it.
    Wish,
    /// A newer generation takes over.
    Reset,
    /// There were more workers than needed.
    Surplus,
    /// It was booted for one task.
    OneTask,
    /// The pool stops.
    Stop,
    /// A task took longer than `exec_timeout`.
    TimedOut(Duration),
    /// It wrote when nothing was due, or something that is no frame or no answer.
    OutOfStep(String),
    /// Its client left while the task was being written, or it did not end an answer that nobody wanted.
    Unfinished,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jobs => f.write_str("it has had `max_jobs` tasks"),
            Self::Age(ttl) => write!(f, "it has lived for {ttl:?}"),
            Self::Idle(ttl) => write!(f, "it has been idle for {ttl:?}"),
            Self::Memory { bytes, limit } => {
                let (has, most) = (bytes >> 20, limit >> 20);
                write!(f, "its {has} MiB of memory are more than {most}")
            }
            Self::Wish => f.write_str("it asked for it"),
            Self::Reset => f.write_str("a reset"),
            Self::Surplus => f.write_str("it is not needed any more"),
            Self::OneTask => f.write_str("it was for one task"),
            Self::Stop => f.write_str("the pool stops"),
            Self::TimedOut(limit) => write!(f, "its task took longer than {limit:?}"),
            Self::OutOfStep(why) => f.write_str(why),
            Self::Unfinished => f.write_str("its exchange was broken off"),
        }
    }
}

impl Event {
    /// Writes the one log record of this event.
    pub(super) fn log(&self) {
        let pool = &*self.pool;
        match &self.what {
            What::Started { pid } => {
                tracing::debug!(target: "server", pool, pid, "a worker is started");
            }
            What::Ready { pid, took } => {
                tracing::debug!(target: "server", pool, pid, ?took, "worker is allocated");
            }
            What::NotReady { error, retry_in } => {
                tracing::error!(target: "server", pool, "{error}\nnext attempt in {retry_in:?}");
            }
            What::Due { pid, why } => {
                tracing::info!(target: "server", pool, pid, "a worker is replaced: {why}");
            }
            What::Stopped { pid, why, tasks } => {
                tracing::debug!(target: "server", pool, pid, tasks, "a worker was stopped: {why}");
            }
            What::Killed { pid, why, tasks } => {
                tracing::warn!(target: "server", pool, pid, tasks, "a worker was killed: {why}");
            }
            What::Died { pid, status, tasks } => {
                tracing::warn!(target: "server", pool, pid, tasks, "a worker ended by itself ({status}) and is replaced");
            }
            What::Repeated {
                pid,
                attempts,
                error,
            } => {
                tracing::warn!(target: "server", pool, pid, attempts, "a task is given to another worker: {error}");
            }
            What::Scaled { from, to } => {
                tracing::info!(target: "server", pool, from, to, "the number of workers changes");
            }
            What::Reset { workers, took } => {
                tracing::info!(target: "server", pool, workers, ?took, "workers were reset");
            }
            What::RolledBack { error } => {
                tracing::error!(target: "server", pool, "reset given up, the workers that run stay: {error}");
            }
        }
    }
}
