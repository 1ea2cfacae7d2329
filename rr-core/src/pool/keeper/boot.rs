//! Boots under way: what they are for, and what their end means.

use std::{
    hash::{BuildHasher as _, RandomState},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::{Actor, Done, Member, What, Why};
use crate::pool::{
    SpawnError, Spawner,
    boot::Booted,
    worker::{Jobs, Worker},
    zygote::Nest,
};

/// The first wait after a worker that did not boot; each further one is twice as long.
const BACKOFF: Duration = Duration::from_millis(100);

/// The longest wait between two attempts to boot a worker.
const BACKOFF_LIMIT: Duration = Duration::from_secs(10);

pub(in crate::pool) type BootFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Booted, SpawnError>> + Send + 'a>>;

/// Where workers come from: processes, or what tests take for such.
pub(in crate::pool) trait Boot: Send + Sync {
    /// Boots one worker within `limit`; `started` is called with its pid as soon as there is one.
    fn boot<'a>(&'a self, limit: Duration, started: Box<dyn FnOnce(u32) + Send>) -> BootFuture<'a>;

    /// The code may have changed: workers booted from now on are to read it anew.
    fn renew(&self) {}
}

/// Where the workers of `spawner` come from. One that lives for a single task, in `debug`, is to
/// read its code each time.
pub(in crate::pool) fn source(spawner: Spawner, debug: bool) -> Arc<dyn Boot> {
    match spawner.zygote && !debug {
        true => Nest::new(spawner).map_or_else(
            |spawner| Arc::new(spawner) as Arc<dyn Boot>,
            |nest| Arc::new(nest),
        ),
        false => Arc::new(spawner),
    }
}

impl Boot for Spawner {
    fn boot<'a>(&'a self, limit: Duration, started: Box<dyn FnOnce(u32) + Send>) -> BootFuture<'a> {
        Box::pin(self.boot(limit, started))
    }
}

impl Boot for Nest {
    fn boot<'a>(&'a self, limit: Duration, started: Box<dyn FnOnce(u32) + Send>) -> BootFuture<'a> {
        Box::pin(self.boot(limit, started))
    }

    fn renew(&self) {
        self.renew();
    }
}

/// What a worker is booted for.
pub(super) enum Purpose {
    /// To keep the pool at its size.
    Keep,
    /// To make the pool larger.
    Add(oneshot::Sender<Result<(), SpawnError>>),
    /// For one task.
    Lend(oneshot::Sender<Result<Worker, SpawnError>>),
}

/// A boot that is over.
pub(super) struct BootOver {
    purpose: Purpose,
    facts: Facts,
    outcome: Result<Booted, SpawnError>,
}

/// What there is to say of a boot, however it ended.
#[derive(Clone, Copy)]
struct Facts {
    generation: u64,
    /// The core that the worker is for.
    home: usize,
    took: Duration,
}

impl Actor {
    /// The first boot of all: all or none.
    pub(super) async fn boot_all(&mut self) -> Result<(), SpawnError> {
        for _ in 0..self.size {
            self.boot(Purpose::Keep);
        }
        while let Some(boot) = self.booting.join_next().await {
            let Ok(boot) = boot else {
                continue;
            };
            self.placing.booted(boot.facts.home);
            match boot.outcome {
                Ok(booted) => {
                    let jobs = self.jobs();
                    let worker = self.admit(booted, boot.facts, jobs);
                    self.shared.release(worker);
                }
                Err(error) => {
                    self.kill_all().await;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    pub(super) fn boot(&mut self, purpose: Purpose) {
        let (spawner, generation) = (Arc::clone(&self.spawner), self.generation);
        let home = self.next_home();
        let limit = self.shared.options().allocate_timeout;
        let shared = Arc::clone(&self.shared);
        let started = Box::new(move |pid| shared.tell(What::Started { pid }));
        let boot = async move {
            let begun = Instant::now();
            let outcome = spawner.boot(limit, started).await;
            BootOver {
                purpose,
                facts: Facts {
                    generation,
                    home,
                    took: begun.elapsed(),
                },
                outcome,
            }
        };
        match self.placing.cores() {
            // Its connection belongs to the runtime that it is opened in.
            Some(cores) => self.booting.spawn_on(boot, cores.runtime(home)),
            None => self.booting.spawn(boot),
        };
    }

    pub(super) fn booted(&mut self, boot: BootOver) {
        let BootOver {
            purpose,
            facts,
            outcome,
        } = boot;
        self.placing.booted(facts.home);
        match (purpose, outcome) {
            (Purpose::Keep, Ok(booted)) => {
                self.failures = 0;
                let jobs = self.jobs();
                let worker = self.admit(booted, facts, jobs);
                self.shared.release(worker);
                self.prove(facts.generation);
                self.balance();
            }
            (Purpose::Keep, Err(error)) => self.did_not_boot(facts.generation, error),
            (Purpose::Add(reply), Ok(booted)) => {
                self.size += 1;
                let jobs = self.jobs();
                let worker = self.admit(booted, facts, jobs);
                self.shared.release(worker);
                self.balance();
                // Who asks for the load at once is to see it.
                reply.send(Ok(())).ok();
            }
            (Purpose::Add(reply), Err(error)) => {
                reply.send(Err(error)).ok();
                self.balance();
            }
            (Purpose::Lend(reply), outcome) => {
                let lent = outcome.map(|it| self.admit(it, facts, Jobs::ONE));
                if let Err(Ok(worker)) = reply.send(lent) {
                    self.dismiss(worker, Why::OneTask);
                }
            }
        }
    }

    fn did_not_boot(&mut self, generation: u64, error: SpawnError) {
        if self.reset.is_none() {
            return self.try_later(&error);
        }
        if generation == self.generation {
            return self.roll_back(error);
        }
        // The code changed again meanwhile: that it was broken once does not matter.
        let pool = &*self.shared.name;
        tracing::warn!(target: "server", pool, "{error}");
        self.balance();
    }

    fn try_later(&mut self, error: &SpawnError) {
        let now = Instant::now();
        // Those that fail together count once.
        let retry = *self.retry.get_or_insert_with(|| {
            self.failures += 1;
            now + BACKOFF_LIMIT.min(BACKOFF * 2u32.saturating_pow(self.failures - 1))
        });
        self.tell(What::NotReady {
            error: error.to_string(),
            retry_in: retry - now,
        });
    }

    /// Makes a member of a booted worker; one for a single task does not count.
    fn admit(&mut self, booted: Booted, facts: Facts, jobs: Jobs) -> Worker {
        let Facts {
            generation,
            home,
            took,
        } = facts;
        let id = self.next_id;
        self.next_id += 1;
        let worker = Worker::new(booted, id, home, jobs);
        let pid = worker.pid();
        let process = worker.process.clone();
        self.exits.spawn(async move {
            let status = process.ended().await;
            let text = status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string());
            (id, text)
        });
        self.members.insert(
            id,
            Member {
                record: Arc::clone(&worker.record),
                process: worker.process.clone(),
                generation,
                home,
                done: Done::nothing(pid),
                is_bound: self.placing.place(pid, home, false),
                counts: !self.shared.options().debug,
                due: None,
            },
        );
        self.tell(What::Ready { pid, took });
        worker
    }

    fn jobs(&self) -> Jobs {
        let chance = RandomState::new().hash_one(self.next_id);
        Jobs::around(self.shared.options().max_jobs, chance)
    }
}
