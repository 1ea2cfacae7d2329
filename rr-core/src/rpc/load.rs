//! How busy a service's workers are, as `informer.Load` tells it and `rr workers` reads it.

use serde::{Deserialize, Serialize};

/// The answer of `informer.Load`; the counters count since the start of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Load {
    /// Workers that there are to be.
    pub workers: usize,
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that wait for a worker.
    pub waiting: usize,
    /// How long the first of them has been waiting, in seconds.
    pub longest_wait: f64,
    /// Tasks that had to wait.
    pub waited: u64,
    /// The time that they waited, all together, in seconds.
    pub wait_time: f64,
    /// Tasks refused because the queue was full or the wait too long.
    pub refused: u64,
    /// Tasks given to another worker because theirs was lost.
    pub repeated: u64,
}
