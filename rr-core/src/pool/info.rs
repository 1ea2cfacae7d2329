//! What can be said of a worker from outside: its state, counters, memory.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::{
    event::Why,
    keep::{Doing, Keep, LastTask},
    worker::Jobs,
};
use crate::process::usages;

/// The state of a worker; numbers and texts are those that `informer.Workers` has always shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WorkerState {
    /// No process yet.
    Inactive = 0,
    /// Idle.
    Ready = 1,
    /// Has a task.
    Working = 2,
    /// Finishes its task, then goes.
    Invalid = 3,
    /// Was asked to end.
    Stopping = 4,
    /// Ended.
    Stopped = 5,
}

impl WorkerState {
    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its name on the wire.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Invalid => "invalid",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }

    fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Ready,
            2 => Self::Working,
            3 => Self::Invalid,
            4 => Self::Stopping,
            5 => Self::Stopped,
            _ => Self::Inactive,
        }
    }
}

/// A worker as others see it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerInfo {
    /// Process id.
    pub pid: u32,
    /// What it is doing.
    pub state: WorkerState,
    /// Tasks it has been given.
    pub execs: u64,
    /// When it was started.
    pub created: SystemTime,
    /// Resident memory in bytes; 0 where the system does not tell.
    pub memory: u64,
    /// Share of one CPU over its whole life, in percent.
    pub cpu_percent: f64,
    /// The command line of a process that is no PHP worker; empty for workers.
    pub command: String,
    /// What it is at, while it has a task.
    pub doing: Option<Doing>,
}

/// What a worker's holder writes and everybody else reads.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) pid: u32,
    pub(super) created: SystemTime,
    state: AtomicU8,
    execs: AtomicU64,
    /// With which task another worker is booted to take over, and how many it gets at most.
    due: AtomicU64,
    most: AtomicU64,
    last: LastTask,
    /// Why it has to go; from then on it is stopped instead of being put back.
    leaves: OnceLock<Why>,
    killed: AtomicBool,
    born: Instant,
    /// When it last came back, in milliseconds since it was born.
    rested: AtomicU64,
    /// When it was last lent, in microseconds since it was born, and for how many in all.
    lent: AtomicU64,
    busy: AtomicU64,
}

impl Record {
    pub(super) fn new(pid: u32, jobs: Jobs) -> Self {
        Self {
            pid,
            created: SystemTime::now(),
            state: AtomicU8::new(WorkerState::Ready as u8),
            execs: AtomicU64::new(0),
            due: AtomicU64::new(jobs.due),
            most: AtomicU64::new(jobs.most),
            last: LastTask::default(),
            leaves: OnceLock::new(),
            killed: AtomicBool::new(false),
            born: Instant::now(),
            rested: AtomicU64::new(0),
            lent: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }

    pub(super) fn set(&self, state: WorkerState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    /// It gets a task, lent at `begun`.
    pub(super) fn work(&self, keep: &Arc<dyn Keep>, begun: Instant) {
        self.last.set(keep, begun);
        let at = micros(begun.duration_since(self.born));
        self.lent.store(at, Ordering::Relaxed);
        self.set(WorkerState::Working);
    }

    /// It has no task any more.
    pub(super) fn rest(&self) {
        self.set(WorkerState::Ready);
        let age = micros(self.age());
        self.rested.store(age / 1000, Ordering::Relaxed);
        let lent = age.saturating_sub(self.lent.load(Ordering::Relaxed));
        // Who holds the worker is alone in writing it.
        let busy = self.busy.load(Ordering::Relaxed) + lent;
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// How long it has had tasks, in all; one that it has is not counted yet.
    pub(super) fn busy(&self) -> Duration {
        Duration::from_micros(self.busy.load(Ordering::Relaxed))
    }

    pub(super) fn age(&self) -> Duration {
        Instant::now().duration_since(self.born)
    }

    /// How long it has had no task; nothing for one that has one, or has had none yet.
    pub(super) fn idle(&self) -> Option<Duration> {
        let rested = Duration::from_millis(self.rested.load(Ordering::Relaxed));
        let idle = self.state() == WorkerState::Ready && self.execs() > 0;
        idle.then(|| self.age().saturating_sub(rested))
    }

    /// Counts one more task, and says which one it is.
    pub(super) fn count(&self) -> u64 {
        self.execs.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn execs(&self) -> u64 {
        self.execs.load(Ordering::Relaxed)
    }

    /// How many tasks it gets.
    pub(super) fn jobs(&self) -> Jobs {
        Jobs {
            due: self.due.load(Ordering::Relaxed),
            most: self.most.load(Ordering::Relaxed),
        }
    }

    /// From now on it gets as many tasks as this. A task that is counted at this very moment may
    /// miss that it is the one with which another worker is due: that is booted with the last, then.
    pub(super) fn allow(&self, jobs: Jobs) {
        self.due.store(jobs.due, Ordering::Relaxed);
        self.most.store(jobs.most, Ordering::Relaxed);
    }

    /// From now on the worker is stopped instead of being put back. The first reason counts.
    pub(super) fn leave(&self, why: Why) {
        self.leaves.set(why).ok();
    }

    /// Why it has to go, if it has to.
    pub(super) fn leaves(&self) -> Option<&Why> {
        self.leaves.get()
    }

    /// Notes that it gets a SIGKILL.
    pub(super) fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    fn doing(&self) -> Option<Doing> {
        match self.state() {
            WorkerState::Working | WorkerState::Invalid => self.last.look(),
            _ => None,
        }
    }

    fn state(&self) -> WorkerState {
        match WorkerState::from_number(self.state.load(Ordering::Relaxed)) {
            WorkerState::Working if self.leaves().is_some() => WorkerState::Invalid,
            state => state,
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Fills in what only the system knows. Reads `/proc` or its like: keep it off the hot path.
pub(super) fn describe<'a>(records: impl Iterator<Item = &'a Record> + Clone) -> Vec<WorkerInfo> {
    let usages = usages(records.clone().map(|it| (it.pid, it.created)));
    records
        .zip(usages)
        .map(|(record, usage)| WorkerInfo {
            pid: record.pid,
            state: record.state(),
            execs: record.execs(),
            created: record.created,
            memory: usage.memory,
            cpu_percent: usage.cpu_percent,
            command: String::new(),
            doing: record.doing(),
        })
        .collect()
}
