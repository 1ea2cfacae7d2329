//! How busy a pool is: counted where it happens, read from outside.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

/// How busy a pool is. The first figures are of this moment, the others count since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Workers that there are to be, those of the dynamic allocator included.
    pub workers: usize,
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that wait for a worker.
    pub waiting: usize,
    /// How long the first of them has been waiting.
    pub longest_wait: Duration,
    /// Tasks that had to wait, whether they got a worker or not.
    pub waited: u64,
    /// The time that they waited, all together.
    pub wait_time: Duration,
    /// Tasks that were refused, the queue being full or the wait too long.
    pub refused: u64,
    /// Tasks that were given to another worker, theirs being lost.
    pub repeated: u64,
}

/// The counters of one pool.
#[derive(Debug, Default)]
pub(super) struct Counters {
    size: AtomicUsize,
    waited: AtomicU64,
    /// In microseconds.
    wait_time: AtomicU64,
    refused: AtomicU64,
    repeated: AtomicU64,
}

impl Counters {
    /// How many workers there are to be.
    pub(super) fn size(&self) -> usize {
        self.size.load(Relaxed)
    }

    pub(super) fn resize(&self, size: usize) {
        self.size.store(size, Relaxed);
    }

    pub(super) fn wait(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.waited.fetch_add(1, Relaxed);
        self.wait_time.fetch_add(micros, Relaxed);
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn repeat(&self) {
        self.repeated.fetch_add(1, Relaxed);
    }

    /// All figures, with those of the queue.
    pub(super) fn load(&self, idle: usize, waiting: usize, longest_wait: Duration) -> Load {
        Load {
            workers: self.size(),
            idle,
            waiting,
            longest_wait,
            waited: self.waited.load(Relaxed),
            wait_time: Duration::from_micros(self.wait_time.load(Relaxed)),
            refused: self.refused.load(Relaxed),
            repeated: self.repeated.load(Relaxed),
        }
    }
}
