//! A pool of PHP workers: tasks in, answers out, dead workers replaced behind the scenes.
//!
//! ```text
//! exec ── take ──> Handout (idle workers, waiting tasks) <── put ── Lease (dropped)
//!                      ^                                              │ outdated, spent
//!                      └── boots and retires ── Keeper (actor) <──────┘
//! ```
//!
//! Knows neither services nor HTTP; what a payload means is its caller's business.

mod abandoned;
mod answer;
mod boot;
mod error;
mod event;
mod exec;
mod handout;
mod info;
mod keep;
mod keeper;
mod lease;
mod limits;
mod load;
mod options;
mod payload;
mod room;
mod worker;
mod zygote;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{mpsc, oneshot};

use handout::{Census, Handout};
use keeper::{Change, Order};
use load::Counters;
use worker::Worker;

pub use answer::{Answer, Stream};
pub use boot::{Hint, Said, SpawnError, Spawner};
pub use error::ExecError;
pub use event::{Event, What, Why};
pub use exec::Repeat;
pub use info::{WorkerInfo, WorkerState};
pub use keep::{Doing, Keep};
pub use keeper::Keeper;
pub use limits::Limits;
pub use load::Load;
pub use options::{Options, Scaling};
pub use payload::{Malformed, Payload};

pub use crate::process::{Command as WorkerCommand, RunAs};

/// A handle to a pool; cheap to clone. [`Keeper::start`] brings it to life.
#[derive(Clone, Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// What all handles, leases and the keeper share.
#[derive(Debug)]
struct Shared {
    name: Arc<str>,
    options: ArcSwap<Options>,
    idle: Handout<Worker>,
    counters: Counters,
    listener: OnceLock<Listener>,
    orders: mpsc::UnboundedSender<Order>,
}

/// Who is called with all that happens.
struct Listener(Box<dyn Fn(&Event) + Send + Sync>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Shared {
    /// Those of this moment. Not to be held across an await: who waits sees the limits that it began with.
    fn options(&self) -> Guard<Arc<Options>> {
        self.options.load()
    }

    /// Logs an event and calls the listener.
    fn tell(&self, what: What) {
        let pool = Arc::clone(&self.name);
        let event = Event { pool, what };
        event.log();
        if let Some(listener) = self.listener.get() {
            (listener.0)(&event);
        }
    }

    /// Puts a worker back; one that is not to be used again goes to the keeper.
    fn release(&self, worker: Worker) {
        worker.record.rest();
        let (id, home, record) = (worker.id, worker.home, Arc::clone(&worker.record));
        let refused = match worker.is_usable() {
            true => match self.idle.put(worker, home) {
                // Marked between the two looks: the keeper did not find it among the idle.
                Ok(()) if record.leaves().is_some() => self.idle.remove(|it| it.id == id),
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
            name: name.into(),
            options: ArcSwap::from_pointee(options),
            idle: Handout::new(),
            counters: Counters::default(),
            listener: OnceLock::new(),
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

    /// The size and the limits that it goes by.
    #[must_use]
    pub fn options(&self) -> Options {
        Options::clone(&self.shared.options())
    }

    /// How busy it is. Cheap: no system call.
    #[must_use]
    pub fn load(&self) -> Load {
        let Census {
            idle,
            waiting,
            longest,
        } = self.shared.idle.census();
        self.shared.counters.load(idle, waiting, longest)
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

    /// Works by other options from now on, and by another command where one is given. Without a
    /// gap: what is missing boots beside what is there, and where the command is another one, every
    /// worker is replaced as by a [`reset`](Self::reset). Returns when that is done.
    ///
    /// Workers that run are held to another `max_jobs` as well. A number of workers that is the same
    /// as before is no order to give up those that [`add_worker`](Self::add_worker) has added.
    /// [`Options::debug`] stays what it was.
    ///
    /// # Errors
    /// When a worker that this takes does not come up: options, command and workers are as before then.
    pub async fn reconfigure(
        &self,
        options: Options,
        spawner: Option<Spawner>,
    ) -> Result<(), SpawnError> {
        self.change(Change::new(options, spawner)).await
    }

    async fn change(&self, change: Change) -> Result<(), SpawnError> {
        self.ask(|reply| Order::Change(Box::new(change), reply))
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
