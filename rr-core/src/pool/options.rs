//! The size and the limits of a pool.

use std::time::Duration;

use super::limits::Limits;

/// The size and the limits of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many workers to keep; at least one.
    pub workers: usize,
    /// More of them while tasks wait; `None` keeps the number as it is.
    pub scaling: Option<Scaling>,
    /// No standing workers: each task has a fresh one, so that changed code is seen at once.
    pub debug: bool,
    /// Tasks after which a worker is replaced, up to 14 % more; 0 is never.
    pub max_jobs: u64,
    /// Tasks in work and waiting; one more fails at once unless a worker is idle; 0 is no limit.
    pub max_queue: usize,
    /// How often a task that is safe to repeat is given to a worker, lost workers being the
    /// only reason for another attempt; 1 is never again.
    pub attempts: u32,
    /// How long a worker may take to boot, and a task to get a worker.
    pub allocate_timeout: Duration,
    /// How long a stop waits for busy workers and for idle ones to end.
    pub destroy_timeout: Duration,
    /// How long a reset waits for busy workers of the old generation.
    pub reset_timeout: Duration,
    /// How long a streamed answer that nobody wants may take to end.
    pub stream_timeout: Duration,
    /// How long a task, or each part of a streamed answer, may take; then the worker is killed.
    pub exec_timeout: Option<Duration>,
    /// What a worker may grow to before it is replaced.
    pub limits: Limits,
}

/// How a pool grows while tasks wait, and shrinks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The most workers beyond [`Options::workers`].
    pub most: usize,
    /// How many are added at a time; at least one.
    pub step: usize,
    /// The time without a waiting task after which idle ones are let go again.
    pub idle: Duration,
}

impl Default for Options {
    /// One worker, a minute for everything, three attempts, no limits.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            workers: 1,
            scaling: None,
            debug: false,
            max_jobs: 0,
            max_queue: 0,
            attempts: 3,
            allocate_timeout: minute,
            destroy_timeout: minute,
            reset_timeout: minute,
            stream_timeout: minute,
            exec_timeout: None,
            limits: Limits::default(),
        }
    }
}
