//! What a worker may grow to before it is replaced, looked at from time to time.

use std::time::Duration;

use super::{
    event::Why,
    info::{Record, WorkerInfo},
};

/// Limits on a worker's life. They are soft: a worker that passes one finishes its task first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How often workers are looked at; at least a millisecond.
    pub tick: Duration,
    /// The longest that a worker lives.
    pub ttl: Option<Duration>,
    /// The longest that a worker stays idle after a task.
    pub idle_ttl: Option<Duration>,
    /// The most resident memory of a worker, in bytes.
    pub memory: Option<u64>,
}

impl Limits {
    pub(super) fn are_set(&self) -> bool {
        self.ttl.is_some() || self.idle_ttl.is_some() || self.memory.is_some()
    }

    /// The limit that a worker has passed.
    pub(super) fn passed(&self, record: &Record, info: &WorkerInfo) -> Option<Why> {
        let bytes = info.memory;
        if let Some(limit) = self.memory.filter(|most| bytes > *most) {
            return Some(Why::Memory { bytes, limit });
        }
        if let Some(ttl) = self.ttl.filter(|ttl| record.age() > *ttl) {
            return Some(Why::Age(ttl));
        }
        let idle = record.idle()?;
        self.idle_ttl.filter(|ttl| idle > *ttl).map(Why::Idle)
    }
}
