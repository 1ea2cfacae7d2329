//! One task: get a worker in turn, hand the task over, and again where that is safe.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::oneshot,
    time::{Instant, error::Elapsed, timeout},
};

use super::{
    Answer, ExecError, Keep, Payload, Pool, Shared, Stream, What,
    handout::{SLACK, Taken},
    keeper::{Order, SHORTAGE},
    lease::{Lease, Lost},
    payload::Reply,
    worker::Worker,
};
use crate::cores::here;

/// How often one task is tried on another worker, be it that workers wish to stop or
/// that they are found dead before they took it.
const REFUSALS: usize = 32;

/// What happens to a task whose worker was lost before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Another worker gets it only where the first had not taken it as a whole.
    Untaken,
    /// Another worker gets it in any case: doing it twice does no harm.
    Safe,
}

impl Pool {
    /// Runs one task on the next worker.
    ///
    /// A dropped call costs no worker: an answer that is due is still read, in the background.
    ///
    /// # Errors
    /// When no worker gets free, the worker reports an error, or it fails.
    pub async fn exec(&self, task: &Payload) -> Result<Answer, ExecError> {
        self.exec_with(task, Repeat::Untaken, Arc::new(())).await
    }

    /// Like [`exec`](Self::exec); `keep` is dropped when the worker is done with the task, be it
    /// after the call was dropped, and tells what it is while the worker is at it.
    ///
    /// # Errors
    /// As of [`exec`](Self::exec).
    pub async fn exec_with(
        &self,
        task: &Payload,
        repeat: Repeat,
        mut keep: Arc<dyn Keep>,
    ) -> Result<Answer, ExecError> {
        if task.is_empty() {
            return Err(ExecError::Empty);
        }
        let mut queued = Duration::ZERO;
        let mut attempts = 0;
        for _ in 0..REFUSALS {
            let (worker, waited) = self.take().await?;
            queued += waited;
            let mut lease = Lease::new(worker, Arc::clone(&self.shared), keep);
            let begun = lease.begun();
            let reply = match lease.send(task).await {
                Ok(true) => lease.receive().await,
                Ok(false) => {
                    keep = lease.take_keep();
                    continue;
                }
                Err(lost) => Err(lost),
            };
            let (payload, streams) = match reply {
                Ok(Reply::Answer(payload)) => (payload, false),
                Ok(Reply::Chunk { payload, .. }) => (payload, true),
                Ok(Reply::Error(text)) => return Err(ExecError::Task(text)),
                Ok(Reply::StopWish) => {
                    keep = lease.take_keep();
                    lease.retire();
                    continue;
                }
                Err(lost) => {
                    attempts += 1;
                    if attempts >= self.shared.options().attempts || !lost.may_repeat(repeat) {
                        return Err(lease.explain(lost).await);
                    }
                    keep = lease.take_keep();
                    self.shared.repeated(lease.pid(), attempts, &lost);
                    continue;
                }
            };
            return Ok(Answer {
                payload,
                pid: lease.pid(),
                queued,
                worked: begun.elapsed(),
                repeats: attempts,
                rest: streams.then(|| Stream::new(lease)),
            });
        }
        Err(ExecError::Refused(REFUSALS))
    }

    /// The next worker, and how long that took.
    async fn take(&self) -> Result<(Worker, Duration), ExecError> {
        let begun = Instant::now();
        if self.shared.options().debug {
            let lent = self.ask(Order::Lend).await;
            let worker = lent.ok_or(ExecError::Stopping)??;
            return Ok((worker, begun.elapsed()));
        }
        match self.shared.idle.take(here(), self.shared.may_wait()) {
            Taken::Now(worker) => Ok((worker, Duration::ZERO)),
            Taken::Later(turn) => {
                let mut place = Place {
                    turn,
                    pool: &self.shared,
                };
                let limit = self.shared.options().allocate_timeout;
                let turn = place.wait_within(limit).await;
                let waited = begun.elapsed();
                self.shared.counters.wait(waited);
                match turn {
                    Ok(Some(worker)) => Ok((worker, waited)),
                    Ok(None) => Err(ExecError::Stopping),
                    Err(_elapsed) => {
                        self.shared.counters.refuse();
                        Err(ExecError::NoWorker(limit))
                    }
                }
            }
            Taken::Full => {
                self.shared.counters.refuse();
                Err(ExecError::QueueFull(self.shared.options().max_queue))
            }
            Taken::Closed => Err(ExecError::Stopping),
        }
    }
}

impl Shared {
    /// How many tasks may wait; those that workers have count as well, as they always have.
    fn may_wait(&self) -> Option<usize> {
        let most = self.options().max_queue;
        (most > 0).then(|| most.saturating_sub(self.counters.size()))
    }

    fn repeated(&self, pid: u32, attempts: u32, lost: &Lost) {
        self.counters.repeat();
        self.tell(What::Repeated {
            pid,
            attempts,
            error: lost.to_string(),
        });
    }
}

/// A place in the queue. A worker that arrives just as the place is given up goes back.
struct Place<'a> {
    turn: oneshot::Receiver<Worker>,
    pool: &'a Shared,
}

impl Place<'_> {
    /// The worker; nothing once the pool is closed. One timer at a time: most who wait do so for less
    /// than a millisecond.
    async fn wait_within(&mut self, limit: Duration) -> Result<Option<Worker>, Elapsed> {
        let soon = limit.min(SLACK);
        if let Ok(turn) = timeout(soon, &mut self.turn).await {
            return Ok(turn.ok());
        }
        self.pool.idle.help();
        timeout(limit - soon, self.wait(soon)).await
    }

    /// Whoever waits for long, `already` included, says so if that can help.
    async fn wait(&mut self, already: Duration) -> Option<Worker> {
        if self.pool.options().scaling.is_some() {
            let rest = SHORTAGE.saturating_sub(already);
            if let Ok(turn) = timeout(rest, &mut self.turn).await {
                return turn.ok();
            }
            self.pool.orders.send(Order::Shortage).ok();
        }
        (&mut self.turn).await.ok()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turn.close();
        if let Ok(worker) = self.turn.try_recv() {
            self.pool.release(worker);
        }
    }
}
