//! A worker on loan: it comes back whole or not at all.

use std::{sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    time::{Instant, timeout},
};

use super::{
    ExecError, Keep, Malformed, Repeat, Shared, Why,
    abandoned::{Abandoned, finish, reason},
    keeper::Order,
    payload::{Payload, Reply},
    worker::Worker,
};
use crate::{goridge::StreamBits, process::Signal, relay::RelayError};

/// How long a worker that closed its connection may take to end.
pub(super) const ENDING: Duration = Duration::from_millis(50);

/// How long a killed process is waited for: one of another user may not be ours to kill.
const UNKILLABLE: Duration = Duration::from_secs(5);

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
pub(super) struct Lease {
    worker: Option<Worker>,
    pool: Arc<Shared>,
    phase: Phase,
    /// When the worker got its task.
    begun: Instant,
    /// What must outlive the task in the worker, whether somebody still waits for it or not.
    keep: Arc<dyn Keep>,
}

impl Lease {
    pub(super) fn new(worker: Worker, pool: Arc<Shared>, keep: Arc<dyn Keep>) -> Self {
        let begun = Instant::now();
        worker.record.work(&keep, begun);
        Self {
            worker: Some(worker),
            pool,
            phase: Phase::Idle,
            begun,
            keep,
        }
    }

    /// Takes back what was to be kept, the task being still to be done.
    pub(super) fn take_keep(&mut self) -> Arc<dyn Keep> {
        Arc::clone(&self.keep)
    }

    /// When the worker was lent, or got its task.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    fn worker(&mut self) -> &mut Worker {
        self.worker.as_mut().expect("held until the drop")
    }

    pub(super) fn pid(&self) -> u32 {
        self.worker.as_ref().map_or(0, Worker::pid)
    }

    /// Hands the task over; `false` where the worker has not got a byte of it, so that it may go to another.
    pub(super) async fn send(&mut self, task: &Payload) -> Result<bool, Lost> {
        if !self.is_in_step() {
            return Ok(false);
        }
        let limit = self.pool.options().exec_timeout;
        self.phase = Phase::Sending;
        match within(limit, self.worker().send(task)).await {
            Ok(Ok(number)) => {
                self.phase = Phase::Waiting;
                self.begun = Instant::now();
                let worker = self.worker();
                if worker.is_due_after(number) {
                    let due = Order::Due(worker.id);
                    self.pool.orders.send(due).ok();
                }
                Ok(true)
            }
            Ok(Err(error)) => {
                self.broken(&error.source);
                match error.written {
                    // Dead already, and nobody had noticed.
                    0 => Ok(false),
                    _ => Err(Lost::Broken {
                        source: error.source,
                        taken: false,
                    }),
                }
            }
            Err(limit) => Err(self.timed_out(limit)),
        }
    }

    /// Whether the worker has been silent since its last answer. One that asked to be stopped
    /// after it is retired, and any other that wrote is killed: what it wrote would pass for
    /// the answer to a task it has not seen.
    fn is_in_step(&mut self) -> bool {
        let why = match self.worker().relay.unasked() {
            Ok(None) => return true,
            Ok(Some(frame)) => match Reply::read(frame) {
                Ok(Reply::StopWish) => {
                    self.worker().record.leave(Why::Wish);
                    return false;
                }
                _ => RelayError::Unasked,
            },
            Err(why) => why,
        };
        self.broken(&why);
        false
    }

    /// The next frame of the answer. A PING in it has been answered.
    pub(super) async fn receive(&mut self) -> Result<Reply, Lost> {
        let limit = self.pool.options().exec_timeout;
        let frame = match within(limit, self.worker().relay.recv()).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(source)) => {
                let taken = self.phase != Phase::Waiting || self.worker().relay.was_read(&source);
                self.broken(&source);
                return Err(Lost::Broken { source, taken });
            }
            Err(limit) => return Err(self.timed_out(limit)),
        };
        let reply = Reply::read(frame).map_err(|why| self.malformed(why))?;
        self.phase = match reply {
            Reply::Chunk { ping, .. } => {
                if ping {
                    // A PONG that is cut in two is worse than none.
                    self.phase = Phase::Broken;
                    if let Err(error) = self.worker().signal(StreamBits::PONG).await {
                        self.broken(&error.source);
                        return Err(Lost::Broken {
                            source: error.source,
                            taken: true,
                        });
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
            worker.record.leave(Why::Wish);
            if worker.relay.unread_by_peer() > 0 {
                // Its wish came late, and the task, which another one gets, lies before it: a
                // polite stop would let it do the task as well.
                worker.kill();
            }
        }
    }

    fn timed_out(&mut self, limit: Duration) -> Lost {
        // The drop kills it.
        self.phase = Phase::Broken;
        self.worker().record.leave(Why::TimedOut(limit));
        Lost::TimedOut(limit)
    }

    fn malformed(&mut self, why: Malformed) -> Lost {
        // The frame itself was whole, so the connection is in step; the worker is not to be trusted.
        self.phase = Phase::Idle;
        let text = format!("it answered with {why}");
        self.worker().record.leave(Why::OutOfStep(text));
        Lost::Malformed(why)
    }

    /// Notes that the connection is of no use any more; the drop kills the worker.
    fn broken(&mut self, why: &RelayError) {
        self.phase = Phase::Broken;
        if let Some(why) = reason(why) {
            self.worker().record.leave(why);
        }
    }

    /// Finds out what became of the worker, for whoever had the task.
    pub(super) async fn explain(&mut self, lost: Lost) -> ExecError {
        let pid = self.pid();
        let source = match lost {
            Lost::Malformed(source) => return ExecError::Malformed { pid, source },
            Lost::TimedOut(limit) => return ExecError::TimedOut { pid, limit },
            Lost::Broken { source, .. } => source,
        };
        let worker = self.worker();
        let written = worker.relay.unread();
        if matches!(source, RelayError::Closed) {
            // It is ending by itself, mostly: its own status says more than our kill.
            worker.process.ended_within(ENDING).await;
        }
        worker.process.signal(Signal::Kill);
        let status = worker.process.ended_within(UNKILLABLE).await;
        ExecError::Died {
            pid,
            status: status.map_or_else(String::new, |it| it.to_string()),
            written: String::from_utf8_lossy(&written[..written.len().min(1000)]).into_owned(),
            source,
        }
    }
}

/// Why an exchange came to no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// The connection is broken.
    #[error("{source}")]
    Broken {
        source: RelayError,
        /// Whether the worker may have had the whole task.
        taken: bool,
    },
    /// The worker answered with something else.
    #[error("it answered with {0}")]
    Malformed(Malformed),
    /// It took too long.
    #[error("its task took longer than {0:?}")]
    TimedOut(Duration),
}

impl Lost {
    /// Whether the task may go to another worker.
    pub(super) fn may_repeat(&self, repeat: Repeat) -> bool {
        match self {
            Self::Broken { taken, .. } => !taken || repeat == Repeat::Safe,
            // The next worker would do no better.
            Self::Malformed(_) | Self::TimedOut(_) => false,
        }
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease")
            .field("pid", &self.pid())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
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
                let pool = Arc::clone(&self.pool);
                let answer = match self.phase {
                    Phase::Streaming => Abandoned::Begun,
                    _ => Abandoned::Due(self.begun),
                };
                runtime.spawn(finish(worker, pool, answer, self.take_keep()));
            }
            // The keeper hears of the end and starts another.
            (Phase::Broken, _) => worker.kill(),
            _ => {
                worker.record.leave(Why::Unfinished);
                worker.kill();
            }
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
