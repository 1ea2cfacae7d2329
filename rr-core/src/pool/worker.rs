//! An idle worker as a value: who holds it owns it.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    boot::Booted,
    info::{Record, WorkerState},
    payload::Payload,
    process::{Process, Signal},
};
use crate::{
    goridge::{Flags, Options, StreamBits},
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
    /// The tasks after which it is replaced; 0 is no limit.
    max_jobs: u64,
}

impl Worker {
    pub(super) fn new(booted: Booted, id: u64, max_jobs: u64) -> Self {
        let Booted { relay, process } = booted;
        Self {
            relay,
            record: Arc::new(Record::new(process.pid())),
            process,
            id,
            max_jobs,
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Whether it may get another task.
    pub(super) fn is_usable(&self) -> bool {
        let spent = self.max_jobs > 0 && self.record.execs() >= self.max_jobs;
        !spent && !self.record.is_outdated()
    }

    pub(super) async fn send(&mut self, task: &Payload) -> Result<(), SendError> {
        self.record.count();
        let parts = (&*task.context, &*task.body);
        self.relay
            .send(task.flags(), StreamBits::NONE, &task.options(), parts)
            .await
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
                tracing::warn!(target: "server", pid = self.pid(), "a worker did not stop and is killed");
                self.process.signal(Signal::Kill);
                self.process.ended().await;
            }
        }
    }
}
