//! A worker on loan: it comes back whole or not at all.

use std::{io, sync::Arc, time::Duration};

use tokio::{runtime::Handle, time::timeout};

use super::{
    Shared,
    info::WorkerState,
    payload::{Payload, Reply},
    process::Signal,
    worker::Worker,
};
use crate::{
    goridge::StreamBits,
    pool::{ExecError, Malformed},
    relay::RelayError,
};

/// How far the exchange has come, which decides what dropping the lease does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Between two exchanges: the worker goes back.
    Idle,
    /// A part of the task is out: the worker is killed.
    Sending,
    /// The answer is due: it is read and forgotten in the background, so that a client
    /// who leaves costs no worker.
    Waiting,
    /// A streamed answer is on its way: the worker is asked to stop it, then as above.
    Streaming,
    /// The connection is out of step: the worker is killed.
    Broken,
}

/// The right to use one worker for one exchange.
#[derive(Debug)]
pub(super) struct Lease {
    worker: Option<Worker>,
    pool: Arc<Shared>,
    phase: Phase,
}

impl Lease {
    pub(super) fn new(worker: Worker, pool: Arc<Shared>) -> Self {
        worker.record.set(WorkerState::Working);
        Self {
            worker: Some(worker),
            pool,
            phase: Phase::Idle,
        }
    }

    fn worker(&mut self) -> &mut Worker {
        self.worker.as_mut().expect("held until the drop")
    }

    pub(super) fn pid(&self) -> u32 {
        self.worker.as_ref().map_or(0, Worker::pid)
    }

    /// Whether the worker is in step: silent since its last answer. One that asked to be
    /// stopped after it is retired, and any other that wrote is killed: what it wrote would pass
    /// for the answer to a task it has not seen.
    pub(super) fn is_in_step(&mut self) -> bool {
        let why = match self.worker().relay.unasked() {
            Ok(None) => return true,
            Ok(Some(frame)) => match Reply::read(frame) {
                Ok(Reply::StopWish) => {
                    self.worker().record.outdate();
                    return false;
                }
                _ => RelayError::Unasked,
            },
            Err(why) => why,
        };
        self.phase = Phase::Broken;
        tracing::warn!(target: "server", pid = self.pid(), "an idle worker is replaced: {why}");
        false
    }

    /// Hands the task over. After an inner error the worker has not got it whole: it may go to another.
    pub(super) async fn send(&mut self, task: &Payload) -> Result<io::Result<()>, ExecError> {
        self.phase = Phase::Sending;
        let limit = self.pool.options.exec_timeout;
        let sent = within(limit, self.worker().send(task)).await;
        let sent = sent.map_err(|limit| self.timed_out(limit))?;
        if sent.is_ok() {
            self.phase = Phase::Waiting;
        }
        Ok(sent)
    }

    /// The next frame of the answer. A PING in it has been answered.
    pub(super) async fn receive(&mut self) -> Result<Reply, ExecError> {
        let limit = self.pool.options.exec_timeout;
        let frame = match within(limit, self.worker().relay.recv()).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(error)) => return Err(self.broken(error).await),
            Err(limit) => return Err(self.timed_out(limit)),
        };
        let reply = Reply::read(frame).map_err(|why| self.malformed(why))?;
        self.phase = match reply {
            Reply::Chunk { ping, .. } => {
                if ping {
                    // A PONG that is cut in two is worse than none.
                    self.phase = Phase::Broken;
                    if let Err(error) = self.worker().signal(StreamBits::PONG).await {
                        return Err(self.broken(error.into()).await);
                    }
                }
                Phase::Streaming
            }
            _ => Phase::Idle,
        };
        Ok(reply)
    }

    /// Takes the worker out of service: it is stopped politely and replaced.
    pub(super) fn retire(self) {
        if let Some(worker) = &self.worker {
            worker.record.outdate();
        }
    }

    fn timed_out(&mut self, limit: Duration) -> ExecError {
        // The drop kills it.
        self.phase = Phase::Broken;
        ExecError::TimedOut {
            pid: self.pid(),
            limit,
        }
    }

    fn malformed(&mut self, why: Malformed) -> ExecError {
        // The frame itself was whole, so the connection is in step; the worker is not to be trusted.
        self.phase = Phase::Idle;
        self.worker().record.outdate();
        ExecError::Malformed {
            pid: self.pid(),
            source: why,
        }
    }

    async fn broken(&mut self, why: RelayError) -> ExecError {
        self.phase = Phase::Broken;
        let pid = self.pid();
        let Some(worker) = self.worker.as_mut() else {
            return ExecError::Stopping;
        };
        let written = worker.relay.unread();
        if matches!(why, RelayError::Closed) {
            // It is ending by itself, mostly: its own status says more than our kill.
            worker.process.ended_within(Duration::from_millis(50)).await;
        }
        worker.process.signal(Signal::Kill);
        let status = worker.process.ended().await;
        ExecError::Died {
            pid,
            status: status.map_or_else(String::new, |it| it.to_string()),
            written: String::from_utf8_lossy(&written[..written.len().min(1000)]).into_owned(),
            source: why,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(worker) = self.worker.take() else {
            return;
        };
        match (self.phase, Handle::try_current()) {
            (Phase::Idle, _) => self.pool.release(worker),
            (Phase::Waiting | Phase::Streaming, Ok(runtime)) => {
                let streaming = self.phase == Phase::Streaming;
                runtime.spawn(finish(worker, Arc::clone(&self.pool), streaming));
            }
            // The keeper hears of the end and starts another.
            _ => worker.process.signal(Signal::Kill),
        }
    }
}

/// Reads the rest of an answer that nobody wants any more, then gives the worker back.
async fn finish(mut worker: Worker, pool: Arc<Shared>, streaming: bool) {
    let whole = if streaming {
        let rest = async {
            worker.signal(StreamBits::STOP).await.is_ok() && skip(&mut worker, None).await
        };
        // PHP's stock generator dies of the stop: that is a replacement like any other.
        timeout(pool.options.stream_timeout, rest).await == Ok(true)
    } else {
        skip(&mut worker, pool.options.exec_timeout).await
    };
    match whole {
        true => pool.release(worker),
        false => worker.process.signal(Signal::Kill),
    }
}

async fn skip(worker: &mut Worker, limit: Option<Duration>) -> bool {
    loop {
        let Ok(Ok(frame)) = within(limit, worker.relay.recv()).await else {
            return false;
        };
        match Reply::read(frame) {
            // Whoever sends parts to nobody is asked to stop, once per PING at the least.
            Ok(Reply::Chunk { ping, .. }) => {
                if ping && worker.signal(StreamBits::STOP).await.is_err() {
                    return false;
                }
            }
            Ok(Reply::StopWish) => {
                worker.record.outdate();
                return true;
            }
            Ok(_) => return true,
            Err(_) => return false,
        }
    }
}

/// The limit is the error.
async fn within<T>(limit: Option<Duration>, what: impl Future<Output = T>) -> Result<T, Duration> {
    match limit {
        Some(limit) => timeout(limit, what).await.map_err(|_elapsed| limit),
        None => Ok(what.await),
    }
}
