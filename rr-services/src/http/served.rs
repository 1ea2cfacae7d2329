//! How PHP came to answer a request, for whoever tells of it: the access log, traces.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Who answered, in the extensions of a response by PHP.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// When a worker was asked for: the request was there as a whole.
    pub asked: Instant,
    /// Process id of the worker.
    pub pid: u32,
    /// How long the request waited for it.
    pub queued: Duration,
    /// When it got the request.
    pub began: Instant,
    /// How long it took, to its first part where it streams.
    pub worked: Duration,
    /// How many workers were lost over the request before.
    pub repeats: u32,
}

/// Why PHP did not answer, in the extensions of the response that a client got instead.
#[derive(Clone, Debug)]
pub struct Unserved {
    /// When a worker was asked for.
    pub asked: Instant,
    /// How long it took to fail, the wait for a worker included.
    pub took: Duration,
    /// Process id of the worker that failed; `None` where there was none, or where it only says
    /// that the task failed.
    pub pid: Option<u32>,
    /// Whether a worker had the request.
    pub begun: bool,
    /// What went wrong, as the log has it.
    pub why: Arc<str>,
}
