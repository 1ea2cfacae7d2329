//! Workers that are forked: one process boots the application, and all others have what it built.
//!
//! ```text
//! Keeper ── boot ──> Nest ── fork ──> Parent ── orders over pipes ──> zygote (PHP)
//!                     │                                                  │ fork
//!                     └────────── relay (unix socket) <── dials in ── worker
//! ```
//!
//! A worker is a process like any other afterwards. Only its end is told by the zygote, which
//! therefore lives as long as the last of its workers; new ones are forked by the newest zygote.

mod home;
mod parent;

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use tokio::sync::Mutex;

use super::{SpawnError, Spawner, boot::Booted};
use crate::{
    process::{Guard, Signal, forked},
    relay::Wire,
};
use home::Home;
use parent::Parent;

/// Where the forked workers of one pool come from.
pub(super) struct Nest {
    /// How a worker is started without a zygote.
    spawner: Spawner,
    /// Which zygote is the newest; raised when the code may have changed.
    epoch: AtomicU64,
    /// Held while a zygote boots: those who want a worker of it have to wait anyway.
    parent: Mutex<Slot>,
}

/// A zygote, or that there is none.
enum Slot {
    /// None was started.
    Empty,
    /// The newest one.
    Up { parent: Parent, epoch: u64 },
    /// The application of this epoch cannot be forked.
    Unable { epoch: u64 },
}

/// What the command has become.
enum Started {
    Parent(Parent),
    /// A worker as ever, which knows of no zygote.
    Worker(Booted),
    /// A zygote whose workers cannot be watched.
    Foreign,
}

impl Nest {
    /// Forks the workers of `spawner`, where this system and their protocol allow it.
    pub(super) fn new(spawner: Spawner) -> Result<Self, Spawner> {
        let hindrance = if !forked::IS_POSSIBLE {
            "it needs Linux"
        } else if spawner.wire != Wire::Frames {
            "the protocol of RoadRunner 1 knows none"
        } else {
            return Ok(Self {
                spawner,
                epoch: AtomicU64::new(0),
                parent: Mutex::new(Slot::Empty),
            });
        };
        tracing::warn!(target: "server", "`server.zygote` is without effect, workers are started one by one: {hindrance}");
        Err(spawner)
    }

    /// Has workers that are booted from now on be forked by another zygote, which reads the code anew.
    pub(super) fn renew(&self) {
        self.epoch.fetch_add(1, Relaxed);
    }

    pub(super) async fn boot(
        &self,
        limit: Duration,
        started: impl FnOnce(u32),
    ) -> Result<Booted, SpawnError> {
        let parent = {
            let mut slot = self.parent.lock().await;
            let epoch = self.epoch.load(Relaxed);
            match &*slot {
                Slot::Up { parent, epoch: its } if *its == epoch && parent.is_up() => {
                    Some(parent.clone())
                }
                Slot::Unable { epoch: its } if *its == epoch => None,
                _ => match self.start(limit).await? {
                    Started::Parent(parent) => {
                        *slot = Slot::Up {
                            parent: parent.clone(),
                            epoch,
                        };
                        Some(parent)
                    }
                    Started::Foreign => {
                        *slot = Slot::Unable { epoch };
                        None
                    }
                    Started::Worker(booted) => {
                        *slot = Slot::Unable { epoch };
                        started(booted.process.pid());
                        return Ok(booted);
                    }
                },
            }
        };
        let Some(parent) = parent else {
            return self.spawner.boot(limit, started).await;
        };
        let process = parent.fork(limit).await?;
        started(process.pid());
        self.spawner
            .meet(process, parent.home().listener(), limit)
            .await
    }

    /// Starts the command with the means to fork, and looks what it is.
    async fn start(&self, limit: Duration) -> Result<Started, SpawnError> {
        let home = Home::open(&self.spawner).await?;
        let spawner = home.spawner(&self.spawner);
        let booted = spawner.boot_under(Guard::Terminate, limit, |_| ()).await?;
        let pid = booted.process.pid();
        let Some(introduction) = booted.introduction.filter(|it| it.zygote) else {
            tracing::warn!(
                target: "server", pid,
                "`server.zygote` is without effect, workers are started one by one: the worker does not fork\n\
                 help: it takes RR\\Worker (or RR\\HttpWorker, RR\\Psr7Worker) of php-src, and PHP with `pcntl` and `posix`"
            );
            return Ok(Started::Worker(booted));
        };
        if introduction.pid != pid {
            tracing::warn!(
                target: "server", pid,
                "`server.zygote` is without effect, workers are started one by one: `{}` starts PHP as another process ({}), whose workers cannot be watched\n\
                 help: let a script end with `exec php …`",
                self.spawner.command, introduction.pid,
            );
            booted.process.signal(Signal::Kill);
            return Ok(Started::Foreign);
        }
        tracing::info!(target: "server", pid, "the zygote is up: it forks the workers of `{}`", self.spawner.command);
        Ok(Started::Parent(Parent::new(booted, home, &self.spawner)))
    }
}
