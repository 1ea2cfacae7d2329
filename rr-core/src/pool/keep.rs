//! What lives as long as a task is in a worker's hands, and tells what the task is.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::time::Instant;

/// Dropped when the worker is done with a task, be it after its caller has left: files that the
/// task names, for one.
pub trait Keep: Send + Sync + 'static {
    /// What the task is, for whoever looks at busy workers: `GET /cart`. Called only then.
    fn describe(&self) -> String {
        String::new()
    }
}

/// Nothing is kept.
impl Keep for () {}

/// A task that a worker is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doing {
    /// In few words, as the one who gave it calls it; empty where that one says nothing.
    pub what: String,
    /// How long the worker has had it.
    pub since: Duration,
}

/// The task that a worker got last, seen from outside. It does not keep it: what is over is gone.
#[derive(Default)]
pub(super) struct LastTask(Mutex<Option<(Weak<dyn Keep>, Instant)>>);

impl LastTask {
    /// The worker gets another one at `begun`.
    pub(super) fn set(&self, keep: &Arc<dyn Keep>, begun: Instant) {
        // Held for a few instructions, and looked at by people alone.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Arc::downgrade(keep), begun));
    }

    /// What it is, unless it is over.
    pub(super) fn look(&self) -> Option<Doing> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (keep, begun) = last.clone()?;
        drop(last);
        Some(Doing {
            what: keep.upgrade()?.describe(),
            since: begun.elapsed(),
        })
    }
}

impl std::fmt::Debug for LastTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LastTask")
    }
}
