//! The actor that keeps a pool at its size: boots, retires, resets and stops workers.

mod balance;
mod boot;
mod change;
mod placing;
mod reset;
mod scale;
mod stop;
mod supervise;

use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    Event, Listener, Options, Shared, SpawnError, What, Why, WorkerInfo,
    info::{self, Record},
    worker::Worker,
};
use crate::{cores::Cores, process::Process};
use boot::{BootOver, Purpose};
use placing::{Done, Placing};
use reset::Reset;

pub(super) use boot::Boot;
#[cfg(test)]
pub(super) use boot::BootFuture;
pub(super) use change::Change;
pub(super) use scale::SHORTAGE;

/// What the keeper is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    /// A worker that came back and is not to be used again.
    Retire(Worker),
    /// A worker has its last tasks.
    Due(u64),
    /// A task has been waiting for [`SHORTAGE`].
    Shortage,
    Info(oneshot::Sender<Vec<WorkerInfo>>),
    Reset(oneshot::Sender<Result<(), SpawnError>>),
    Change(Box<Change>, oneshot::Sender<Result<(), SpawnError>>),
    Add(oneshot::Sender<Result<(), SpawnError>>),
    Remove(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
    /// A worker of the asker's own, for one task.
    Lend(oneshot::Sender<Result<Worker, SpawnError>>),
}

/// A pool that has no workers yet.
pub struct Keeper {
    shared: Arc<Shared>,
    orders: mpsc::UnboundedReceiver<Order>,
    cores: Option<Cores>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        Self {
            shared,
            orders,
            cores: None,
        }
    }

    /// Has `listener` called with all that happens, by whoever does it. Every event is logged, too.
    #[must_use]
    pub fn telling(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.shared.listener.set(Listener(Box::new(listener))).ok();
        self
    }

    /// Spreads the workers over these cores: who asks on one of them gets a worker of that core, where one
    /// is idle. Workers are bound to their core while what they do is short.
    #[must_use]
    pub fn on(mut self, cores: Option<Cores>) -> Self {
        self.cores = cores;
        self
    }

    /// Boots all workers side by side, then keeps the pool at its size in a task of its own.
    ///
    /// # Errors
    /// When one does not come up: a first start is not tried twice. None is left running then.
    pub async fn start(self, spawner: super::Spawner) -> Result<(), SpawnError> {
        let debug = self.shared.options().debug;
        self.start_by(boot::source(spawner, debug)).await
    }

    pub(super) async fn start_by(self, spawner: Arc<dyn Boot>) -> Result<(), SpawnError> {
        let Self {
            shared,
            orders,
            cores,
        } = self;
        let mut actor = Actor {
            size: size(&shared.options()),
            extra: 0,
            shared,
            spawner,
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
            shortage: None,
            queue_look: None,
            placing: Placing::new(cores),
        };
        actor.shared.counters.resize(actor.size);
        actor.boot_all().await?;
        tokio::spawn(actor.run(orders));
        Ok(())
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("pool", &self.shared.name)
            .finish_non_exhaustive()
    }
}

/// A worker as the keeper knows it, wherever the worker itself may be.
struct Member {
    record: Arc<Record>,
    process: Process,
    generation: u64,
    /// The core that it is at home on.
    home: usize,
    /// When the pool's tasks were last judged.
    done: Done,
    /// To the CPU of its core.
    is_bound: bool,
    /// Whether it is one of those that there should be; not so once it has to go.
    counts: bool,
    /// The limit that it has passed: it goes when another one is up.
    due: Option<Why>,
}

struct Actor {
    shared: Arc<Shared>,
    spawner: Arc<dyn Boot>,
    /// How many workers there should be.
    size: usize,
    /// How many more of them there should be for the time being.
    extra: usize,
    /// All that have booted and not ended, oldest first.
    members: BTreeMap<u64, Member>,
    next_id: u64,
    generation: u64,
    booting: JoinSet<BootOver>,
    exits: JoinSet<(u64, String)>,
    farewells: JoinSet<()>,
    /// Boots that failed in a row.
    failures: u32,
    /// When to try again after a failed boot.
    retry: Option<Instant>,
    reset: Option<Reset>,
    /// When to look for workers that have passed a limit.
    look: Option<Instant>,
    /// When tasks last had to wait for too long.
    shortage: Option<Instant>,
    /// When to look whether tasks still wait.
    queue_look: Option<Instant>,
    placing: Placing,
}

impl Actor {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        self.look = self.next_look();
        loop {
            let (retry, look, queue_look) = (self.retry, self.look, self.queue_look);
            let placing = self.placing.look;
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
                Some(exit) = self.exits.join_next() => {
                    if let Ok((id, status)) = exit {
                        self.ended(id, status);
                    }
                }
                Some(_farewell) = self.farewells.join_next() => {}
                () = at(retry) => {
                    self.retry = None;
                    self.balance();
                }
                () = at(look) => {
                    self.look();
                    self.look = self.next_look();
                }
                () = at(queue_look) => self.look_at_queue(),
                () = at(placing) => self.look_at_tasks(),
                () = at(reset_deadline) => self.cut_reset_short(),
            }
        }
    }

    fn handle(&mut self, order: Order) {
        match order {
            Order::Retire(worker) => {
                let why = match self.shared.options().debug {
                    true => Why::OneTask,
                    false => Why::Jobs,
                };
                self.dismiss(worker, why);
                self.balance();
            }
            Order::Due(id) => {
                self.due(id, Why::Jobs);
                self.balance();
            }
            Order::Shortage => self.look_at_queue(),
            Order::Info(reply) => self.describe(reply),
            Order::Reset(reply) => self.begin_reset(reply),
            Order::Change(change, reply) => self.begin_change(*change, reply),
            Order::Add(reply) => self.boot(Purpose::Add(reply)),
            Order::Lend(reply) => self.boot(Purpose::Lend(reply)),
            Order::Remove(reply) => {
                self.remove_one();
                reply.send(()).ok();
            }
            Order::Stop(_) => unreachable!("taken by the loop"),
        }
    }

    fn tell(&self, what: What) {
        self.shared.tell(what);
    }

    fn describe(&self, reply: oneshot::Sender<Vec<WorkerInfo>>) {
        let records = self.members.values().map(|it| &*it.record);
        reply.send(info::describe(records)).ok();
    }

    fn ended(&mut self, id: u64, status: String) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        // It died while idle: nobody may get it.
        drop(self.shared.idle.remove(|it| it.id == id));
        self.tell_of_end(&member, status);
        self.balance();
    }

    fn tell_of_end(&self, member: &Member, status: String) {
        let record = &member.record;
        let (pid, tasks) = (record.pid, record.execs());
        self.tell(match (record.leaves().cloned(), record.was_killed()) {
            (None, _) => What::Died { pid, status, tasks },
            (Some(why), true) => What::Killed { pid, why, tasks },
            (Some(why), false) => What::Stopped { pid, why, tasks },
        });
    }
}

/// How many workers there are to be at first.
fn size(options: &Options) -> usize {
    match options.debug {
        true => 0,
        false => options.workers.max(1),
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
