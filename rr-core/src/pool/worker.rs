//! An idle worker as a value: who holds it owns it.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    boot::Booted,
    info::{Record, WorkerState},
    payload::Payload,
};
use crate::{
    goridge::{Flags, Options, StreamBits},
    process::{Process, Signal},
    relay::{Relay, SendError},
};

/// The share of its time that a worker has to end by itself before it gets a SIGTERM.
const POLITE: u32 = 2;

/// The most that a polite request is waited for, whatever the limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// A booted worker and its connection.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) relay: Relay,
    pub(super) process: Process,
    pub(super) record: Arc<Record>,
    /// Distinguishes it from later workers with a reused pid.
    pub(super) id: u64,
    /// The core whose runtime its connection belongs to.
    pub(super) home: usize,
}

/// How many tasks a worker gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jobs {
    /// With this one another worker is booted to take over.
    pub(super) due: u64,
    /// It gets no more than this.
    pub(super) most: u64,
}

impl Jobs {
    pub(super) const UNLIMITED: Self = Self {
        due: u64::MAX,
        most: u64::MAX,
    };

    pub(super) const ONE: Self = Self { due: 1, most: 1 };

    /// From `max` on, spread by `chance` so that workers booted together do not go together: the
    /// successor is called for within the first 7 % beyond `max`, and 7 % later it has to be there.
    pub(super) fn around(max: u64, chance: u64) -> Self {
        let percent = |percent: u64| max.saturating_mul(percent) / 100;
        match max {
            0 => Self::UNLIMITED,
            _ => Self {
                due: max.saturating_add(percent(chance % 8)),
                most: max.saturating_add(percent(chance % 8 + 7)),
            },
        }
    }
}

impl Worker {
    pub(super) fn new(booted: Booted, id: u64, home: usize, jobs: Jobs) -> Self {
        let Booted { relay, process, .. } = booted;
        Self {
            relay,
            record: Arc::new(Record::new(process.pid(), jobs)),
            process,
            id,
            home,
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Whether it may get another task.
    pub(super) fn is_usable(&self) -> bool {
        self.record.execs() < self.record.jobs().most && self.record.leaves().is_none()
    }

    /// Whether another worker is to be booted now that this one has its task `number`.
    pub(super) fn is_due_after(&self, number: u64) -> bool {
        number == self.record.jobs().due
    }

    /// Writes a task, and says which one it was.
    pub(super) async fn send(&mut self, task: &Payload) -> Result<u64, SendError> {
        let number = self.record.count();
        let parts = (&*task.context, &*task.body);
        self.relay
            .send(task.flags(), StreamBits::NONE, &task.options(), parts)
            .await?;
        Ok(number)
    }

    /// Kills it with all that it started; the keeper hears of the end.
    pub(super) fn kill(&self) {
        self.record.kill();
        self.process.signal(Signal::Kill);
    }

    /// A bare frame whose meaning is in its stream bits.
    pub(super) async fn signal(&mut self, bits: StreamBits) -> Result<(), SendError> {
        self.relay
            .send(Flags::NONE, bits, &Options::default(), (b"", b""))
            .await
    }

    /// Ends it within `limit`: a stop frame, then SIGTERM, then SIGKILL to its group.
    pub(super) async fn stop(mut self, limit: Duration) {
        self.record.set(WorkerState::Stopping);
        let polite = (limit / POLITE).min(PATIENCE);
        let asked = async {
            if self.relay.stop().await.is_ok() {
                // What it still writes is read, lest it blocks on a full pipe.
                self.relay.drain().await;
            }
            self.process.ended().await;
        };
        if timeout(polite, asked).await.is_ok() {
            return;
        }
        self.process.signal(Signal::Terminate);
        let rest = (limit - polite).min(PATIENCE / 5);
        tokio::select! {
            _ = self.process.ended() => {}
            () = sleep(rest) => {
                self.kill();
                self.process.ended().await;
            }
        }
    }
}
