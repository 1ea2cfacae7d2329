//! The actor that keeps a pool at its size: boots, retires, resets and stops workers.

mod reset;
mod shrink;
mod stop;
mod supervise;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    Shared, SpawnError, Spawner, WorkerInfo,
    boot::Booted,
    info::{self, Record},
    process::Process,
    worker::Worker,
};
use reset::Reset;

/// What the keeper is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    Retire(Worker),
    Info(oneshot::Sender<Vec<WorkerInfo>>),
    Reset(oneshot::Sender<Result<(), SpawnError>>),
    Add(oneshot::Sender<Result<(), SpawnError>>),
    Remove(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
    /// A worker of the asker's own, for one task.
    Lend(oneshot::Sender<Result<Worker, SpawnError>>),
}

/// What a worker is booted for.
enum Purpose {
    /// To keep the pool at its size.
    Keep,
    /// To make the pool larger.
    Add(oneshot::Sender<Result<(), SpawnError>>),
    /// For one task.
    Lend(oneshot::Sender<Result<Worker, SpawnError>>),
}

/// A boot that is over.
struct Boot {
    purpose: Purpose,
    generation: u64,
    outcome: Result<Booted, SpawnError>,
}

/// The first wait after a worker that did not boot; each further one is twice as long.
const BACKOFF: Duration = Duration::from_millis(100);

/// The longest wait between two attempts to boot a worker.
const BACKOFF_LIMIT: Duration = Duration::from_secs(10);

/// A pool that has no workers yet.
#[derive(Debug)]
pub struct Keeper {
    shared: Arc<Shared>,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        Self { shared, orders }
    }

    /// Boots all workers side by side, then keeps the pool at its size in a task of its own.
    ///
    /// # Errors
    /// When one does not come up: a first start is not tried twice. None is left running then.
    pub async fn start(self, spawner: Spawner) -> Result<(), SpawnError> {
        let Self { shared, orders } = self;
        let mut actor = Actor {
            size: match shared.options.debug {
                true => 0,
                false => shared.options.workers.max(1),
            },
            shared,
            spawner: Arc::new(spawner),
            members: BTreeMap::new(),
            next_id: 0,
            generation: 0,
            booting: JoinSet::new(),
            exits: JoinSet::new(),
            farewells: JoinSet::new(),
            failures: 0,
            retry: None,
            reset: None,
            look: None,
        };
        for _ in 0..actor.size {
            actor.boot(Purpose::Keep);
        }
        while let Some(boot) = actor.booting.join_next().await {
            match boot.map_or(Err(SpawnError::Stopping), |it| it.outcome) {
                Ok(booted) => {
                    let worker = actor.admit(booted, 0);
                    actor.shared.release(worker);
                }
                Err(error) => {
                    actor.kill_all().await;
                    return Err(error);
                }
            }
        }
        tokio::spawn(actor.run(orders));
        Ok(())
    }
}

/// A worker as the keeper knows it, wherever the worker itself may be.
struct Member {
    record: Arc<Record>,
    process: Process,
    generation: u64,
    /// Counts towards the pool's size no more.
    leaving: bool,
}

struct Actor {
    shared: Arc<Shared>,
    spawner: Arc<Spawner>,
    /// How many workers there should be.
    size: usize,
    /// All that have booted and not ended, oldest first.
    members: BTreeMap<u64, Member>,
    next_id: u64,
    generation: u64,
    booting: JoinSet<Boot>,
    exits: JoinSet<u64>,
    farewells: JoinSet<()>,
    /// Boots that failed in a row.
    failures: u32,
    /// When to try again after a failed boot.
    retry: Option<Instant>,
    reset: Option<Reset>,
    /// When to look for workers that have passed a limit.
    look: Option<Instant>,
}

impl Actor {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        self.look = self.next_look();
        loop {
            let (retry, look) = (self.retry, self.look);
            let reset_deadline = self.reset.as_ref().and_then(|it| it.deadline);
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Stop(done)) => {
                        self.stop(orders).await;
                        done.send(()).ok();
                        return;
                    }
                    Some(order) => self.handle(order),
                    None => return self.kill_all().await,
                },
                Some(boot) = self.booting.join_next() => {
                    if let Ok(boot) = boot {
                        self.booted(boot);
                    }
                }
                Some(id) = self.exits.join_next() => {
                    if let Ok(id) = id {
                        self.ended(id);
                    }
                }
                Some(_farewell) = self.farewells.join_next() => {}
                () = at(retry) => {
                    self.retry = None;
                    self.fill();
                }
                () = at(look) => {
                    self.look();
                    self.look = self.next_look();
                }
                () = at(reset_deadline) => self.cut_reset_short(),
            }
        }
    }

    fn handle(&mut self, order: Order) {
        match order {
            Order::Retire(worker) => self.retire(worker),
            Order::Info(reply) => {
                let records = self.members.values().map(|it| &*it.record);
                reply.send(info::describe(records)).ok();
            }
            Order::Reset(reply) => self.begin_reset(reply),
            Order::Add(reply) => {
                self.size += 1;
                self.boot(Purpose::Add(reply));
            }
            Order::Lend(reply) => self.boot(Purpose::Lend(reply)),
            Order::Remove(reply) => {
                self.remove_one();
                reply.send(()).ok();
            }
            Order::Stop(_) => unreachable!("taken by the loop"),
        }
    }

    /// Boots workers until there are, or will be, as many as there should be.
    fn fill(&mut self) {
        if self.retry.is_some() || self.reset.is_some() {
            return;
        }
        let present = self.members.values().filter(|it| !it.leaving).count();
        for _ in present + self.booting.len()..self.size {
            self.boot(Purpose::Keep);
        }
    }

    fn boot(&mut self, purpose: Purpose) {
        let (spawner, generation) = (Arc::clone(&self.spawner), self.generation);
        let limit = self.shared.options.allocate_timeout;
        self.booting.spawn(async move {
            Boot {
                purpose,
                generation,
                outcome: spawner.boot(limit).await,
            }
        });
    }

    fn booted(&mut self, boot: Boot) {
        let worker = boot.outcome.map(|it| self.admit(it, boot.generation));
        match (boot.purpose, worker) {
            (Purpose::Keep, Ok(worker)) => {
                self.failures = 0;
                self.shared.release(worker);
                if self.reset.is_some() {
                    self.exchange_one();
                }
                self.trim();
            }
            // The code changed again meanwhile: that it was broken once does not matter.
            (Purpose::Keep, Err(error))
                if self.reset.is_some() && boot.generation < self.generation =>
            {
                tracing::warn!(target: "server", pool = self.shared.name, "{error}");
                self.go_on_with_reset();
            }
            (Purpose::Keep, Err(error)) if self.reset.is_some() => self.roll_back(error),
            (Purpose::Keep, Err(error)) => self.try_later(&error),
            (Purpose::Add(reply), Ok(worker)) => {
                self.shared.release(worker);
                reply.send(Ok(())).ok();
            }
            (Purpose::Add(reply), Err(error)) => {
                self.size -= 1;
                reply.send(Err(error)).ok();
                self.check_reset();
            }
            (Purpose::Lend(reply), lent) => {
                if let Err(Ok(worker)) = reply.send(lent) {
                    self.retire(worker);
                }
            }
        }
    }

    fn try_later(&mut self, error: &SpawnError) {
        self.failures += 1;
        let wait = BACKOFF_LIMIT.min(BACKOFF * 2u32.saturating_pow(self.failures - 1));
        tracing::error!(
            target: "server",
            pool = self.shared.name,
            "{error}\nnext attempt in {wait:?}",
        );
        self.retry = Some(Instant::now() + wait);
    }

    /// Makes a member of a booted worker.
    fn admit(&mut self, booted: Booted, generation: u64) -> Worker {
        let id = self.next_id;
        self.next_id += 1;
        let worker = Worker::new(booted, id, self.max_jobs(id));
        let process = worker.process.clone();
        self.exits.spawn(async move {
            process.ended().await;
            id
        });
        self.members.insert(
            id,
            Member {
                record: Arc::clone(&worker.record),
                process: worker.process.clone(),
                generation,
                leaving: false,
            },
        );
        tracing::debug!(target: "server", pool = self.shared.name, pid = worker.pid(), "worker is allocated");
        worker
    }

    /// Up to 14 % more than asked for, so that workers booted together are not replaced together.
    fn max_jobs(&self, id: u64) -> u64 {
        if self.shared.options.debug {
            return 1;
        }
        let most = self.shared.options.max_jobs;
        let extra = RandomState::new().hash_one(id) % 15;
        most.saturating_add(most.saturating_mul(extra) / 100)
    }

    /// Stops a worker that came back and is not to be used again; another one takes its place.
    fn retire(&mut self, worker: Worker) {
        if let Some(member) = self.members.get_mut(&worker.id) {
            member.leaving = true;
        }
        tracing::debug!(target: "server", pool = self.shared.name, pid = worker.pid(), "a worker is retired");
        let limit = self.shared.options.destroy_timeout;
        self.farewells.spawn(worker.stop(limit));
        self.fill();
        self.check_reset();
    }

    fn ended(&mut self, id: u64) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        if !member.leaving {
            tracing::warn!(
                target: "server",
                pool = self.shared.name,
                pid = member.record.pid,
                "a worker ended by itself and is replaced",
            );
        }
        // It died while idle: nobody may get it.
        drop(self.shared.idle.remove(|it| it.id == id));
        self.fill();
        self.check_reset();
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
