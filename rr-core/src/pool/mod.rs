//! A pool of PHP workers: tasks in, answers out, dead workers replaced behind the scenes.
//!
//! ```text
//! exec ── take ──> Handout (idle workers, waiting tasks) <── put ── Lease (dropped)
//!                      ^                                              │ outdated, spent
//!                      └── boots and retires ── Keeper (actor) <──────┘
//! ```
//!
//! Knows neither services nor HTTP; what a payload means is its caller's business.

mod boot;
mod command;
mod handout;
mod info;
mod keeper;
#[cfg_attr(target_os = "linux", path = "launch/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "launch/other.rs")]
mod launch;
mod lease;
mod limits;
mod output;
#[cfg(target_os = "linux")]
mod parent_death;
mod payload;
mod process;
mod worker;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::relay::RelayError;
use handout::{Handout, Taken};
use keeper::Order;
use lease::Lease;
use payload::Reply;
use worker::Worker;

pub use boot::{Hint, Said, SpawnError, Spawner};
pub use command::{RunAs, WorkerCommand};
pub use info::{WorkerInfo, WorkerState};
pub use keeper::Keeper;
pub use limits::Limits;
pub use payload::{Malformed, Payload};

/// How often one task is tried on another worker, be it that workers wish to stop or
/// that they are found dead before they took it.
const ATTEMPTS: usize = 32;

/// The size and the limits of a pool.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many workers to keep; at least one.
    pub workers: usize,
    /// No standing workers: each task has a fresh one, so that changed code is seen at once.
    pub debug: bool,
    /// Tasks after which a worker is replaced, give or take; 0 is never.
    pub max_jobs: u64,
    /// Tasks that may wait for a worker; beyond that they fail at once; 0 is no limit.
    pub max_queue: usize,
    /// How long a worker may take to boot, and a task to get a worker.
    pub allocate_timeout: Duration,
    /// How long a stop waits for busy workers and for idle ones to end.
    pub destroy_timeout: Duration,
    /// How long a reset waits for busy workers of the old generation.
    pub reset_timeout: Duration,
    /// How long a streamed answer that nobody wants may take to end.
    pub stream_timeout: Duration,
    /// How long a task, or each part of a streamed answer, may take; then the worker is killed.
    pub exec_timeout: Option<Duration>,
    /// What a worker may grow to before it is replaced.
    pub limits: Limits,
}

impl Default for Options {
    /// One worker, a minute for everything, no limits.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            workers: 1,
            debug: false,
            max_jobs: 0,
            max_queue: 0,
            allocate_timeout: minute,
            destroy_timeout: minute,
            reset_timeout: minute,
            stream_timeout: minute,
            exec_timeout: None,
            limits: Limits::default(),
        }
    }
}

/// A handle to a pool; cheap to clone. [`Keeper::start`] brings it to life.
#[derive(Clone, Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// Why a task got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// Context and body are empty, which workers take for the end of work.
    #[error("the task is empty")]
    Empty,
    /// The pool is stopping.
    #[error("the worker pool is stopping")]
    Stopping,
    /// The task's own worker did not come up.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// Every worker stayed busy.
    #[error("no worker became free within {0:?}")]
    NoWorker(Duration),
    /// Too many tasks wait already.
    #[error("{0} tasks wait for a worker already")]
    QueueFull(usize),
    /// The worker says that the task failed. It is well itself.
    #[error("{0}")]
    Task(String),
    /// The worker died, or wrote something that is no frame and was killed. Another one takes its place.
    #[error("worker {pid} failed: {source} ({status}){}", shown(.written))]
    Died {
        /// Its process id.
        pid: u32,
        /// How its process ended.
        status: String,
        /// What it wrote instead of a frame.
        written: String,
        /// What happened to the connection.
        source: RelayError,
    },
    /// The worker sent a frame that is no answer. It is replaced.
    #[error("worker {pid} answered with {source}")]
    Malformed {
        /// Its process id.
        pid: u32,
        /// What is wrong with the frame.
        source: Malformed,
    },
    /// The task took longer than it may; the worker was killed and is replaced.
    #[error("worker {pid} was killed: its task took longer than {limit:?}")]
    TimedOut {
        /// Its process id.
        pid: u32,
        /// `exec_timeout`.
        limit: Duration,
    },
    /// Worker after worker wished to stop or was found dead.
    #[error("{ATTEMPTS} workers in turn did not take the task")]
    Refused,
}

fn shown(written: &str) -> String {
    match written.trim() {
        "" => String::new(),
        text => format!("; it wrote to its stdout, where only frames may go: `{text}`"),
    }
}

/// The answer to a task: its first part, and a stream of the rest where the worker streams.
#[derive(Debug)]
pub struct Answer {
    /// The answer, or its first part.
    pub payload: Payload,
    /// What follows.
    pub rest: Option<Stream>,
    /// Process id of the worker that gave it.
    pub pid: u32,
}

/// The rest of a streamed answer. Dropped before its end, it makes the worker stop streaming.
#[derive(Debug)]
pub struct Stream {
    lease: Option<Lease>,
}

impl Stream {
    /// The next part; `None` after the last one.
    ///
    /// # Errors
    /// When the worker fails midway: what was received so far is incomplete.
    pub async fn next(&mut self) -> Result<Option<Payload>, ExecError> {
        let Some(lease) = &mut self.lease else {
            return Ok(None);
        };
        match lease.receive().await? {
            Reply::Chunk { payload, .. } => Ok(Some(payload)),
            Reply::Answer(payload) => {
                self.lease = None;
                Ok(Some(payload))
            }
            Reply::Error(text) => {
                self.lease = None;
                Err(ExecError::Task(text))
            }
            Reply::StopWish => {
                if let Some(lease) = self.lease.take() {
                    lease.retire();
                }
                Ok(None)
            }
        }
    }
}

/// Something that lives as long as a task is in a worker's hands.
pub type Keep = Box<dyn Send>;

/// What all handles, leases and the keeper share.
#[derive(Debug)]
struct Shared {
    name: String,
    options: Options,
    idle: Handout<Worker>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Shared {
    /// Puts a worker back; one that is not to be used again goes to the keeper.
    fn release(&self, worker: Worker) {
        worker.record.rest();
        let (id, record) = (worker.id, Arc::clone(&worker.record));
        let refused = match worker.is_usable() {
            true => match self.idle.put(worker) {
                // Marked between the two looks: the keeper did not find it among the idle.
                Ok(()) if record.is_outdated() => self.idle.remove(|it| it.id == id),
                put => put.err(),
            },
            false => Some(worker),
        };
        if let Some(worker) = refused {
            // Without a keeper the pool is gone; dropping the worker kills it.
            self.orders.send(Order::Retire(worker)).ok();
        }
    }
}

impl Pool {
    /// A pool without workers, and the keeper that will give it some.
    ///
    /// `name` is that of the service whose tasks it runs.
    #[must_use]
    pub fn new(name: &str, options: Options) -> (Self, Keeper) {
        let (orders, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            options,
            idle: Handout::new(),
            orders,
        });
        let pool = Self {
            shared: Arc::clone(&shared),
        };
        (pool, Keeper::new(shared, received))
    }

    /// The name of the service that it belongs to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Runs one task on the next worker.
    ///
    /// A dropped call costs no worker: an answer that is due is still read, in the background.
    ///
    /// # Errors
    /// When no worker gets free, the worker reports an error, or it fails.
    pub async fn exec(&self, task: &Payload) -> Result<Answer, ExecError> {
        self.exec_with(task, Box::new(())).await
    }

    /// Like [`exec`](Self::exec); `keep` is dropped when the worker is done with the task, be it
    /// after the call was dropped: files that the task names, for one.
    ///
    /// # Errors
    /// As of [`exec`](Self::exec).
    pub async fn exec_with(&self, task: &Payload, mut keep: Keep) -> Result<Answer, ExecError> {
        if task.is_empty() {
            return Err(ExecError::Empty);
        }
        for _ in 0..ATTEMPTS {
            let worker = self.take().await?;
            let mut lease = Lease::new(worker, Arc::clone(&self.shared), keep);
            let pid = lease.pid();
            if !lease.send(task).await? {
                keep = lease.take_keep();
                continue;
            }
            let (payload, rest) = match lease.receive().await? {
                Reply::Answer(payload) => (payload, None),
                Reply::Chunk { payload, .. } => (payload, Some(Stream { lease: Some(lease) })),
                Reply::Error(text) => return Err(ExecError::Task(text)),
                Reply::StopWish => {
                    keep = lease.take_keep();
                    lease.retire();
                    continue;
                }
            };
            return Ok(Answer { payload, rest, pid });
        }
        Err(ExecError::Refused)
    }

    async fn take(&self) -> Result<Worker, ExecError> {
        let options = &self.shared.options;
        if options.debug {
            let lent = self.ask(Order::Lend).await;
            return Ok(lent.ok_or(ExecError::Stopping)??);
        }
        match self.shared.idle.take(options.max_queue) {
            Taken::Now(worker) => Ok(worker),
            Taken::Later(turn) => {
                let mut place = Place {
                    turn,
                    pool: &self.shared,
                };
                match timeout(options.allocate_timeout, &mut place.turn).await {
                    Ok(Ok(worker)) => Ok(worker),
                    Ok(Err(_closed)) => Err(ExecError::Stopping),
                    Err(_elapsed) => Err(ExecError::NoWorker(options.allocate_timeout)),
                }
            }
            Taken::Full => Err(ExecError::QueueFull(options.max_queue)),
            Taken::Closed => Err(ExecError::Stopping),
        }
    }

    /// All workers, oldest first. Asks the system for memory and CPU time.
    pub async fn workers(&self) -> Vec<WorkerInfo> {
        self.ask(Order::Info).await.unwrap_or_default()
    }

    /// Replaces every worker, the code on disk having changed, without a gap: new ones
    /// boot beside the old, which finish their task before they go.
    ///
    /// # Errors
    /// When a new worker does not come up; if it is the first, the old ones stay.
    pub async fn reset(&self) -> Result<(), SpawnError> {
        self.ask(Order::Reset)
            .await
            .unwrap_or(Err(SpawnError::Stopping))
    }

    /// Adds one worker.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn add_worker(&self) -> Result<(), SpawnError> {
        self.ask(Order::Add)
            .await
            .unwrap_or(Err(SpawnError::Stopping))
    }

    /// Takes one worker away, when it is idle; the last one stays.
    pub async fn remove_worker(&self) {
        self.ask(Order::Remove).await.unwrap_or_default();
    }

    /// Stops all workers: idle ones at once, busy ones after their task, those that
    /// still run after `destroy_timeout` by SIGKILL.
    pub async fn stop(&self) {
        self.ask(Order::Stop).await.unwrap_or_default();
    }

    /// `None` where the keeper is gone.
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.shared.orders.send(order(reply)).ok()?;
        answer.await.ok()
    }
}

/// A place in the queue. A worker that arrives just as the place is given up goes back.
struct Place<'a> {
    turn: oneshot::Receiver<Worker>,
    pool: &'a Shared,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turn.close();
        if let Ok(worker) = self.turn.try_recv() {
            self.pool.release(worker);
        }
    }
}
