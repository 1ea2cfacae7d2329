//! Who knows all programs by name: an actor that the service and the RPC methods give orders to.

use std::collections::BTreeMap;

use rr_core::lifecycle::Stop;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{
    group::{self, Group, Handle},
    program::{Program, StartError},
    slot::State,
};

/// A program, and what each of its processes is doing.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) command: String,
    pub(super) states: Vec<State>,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the service with {0} name doesn't exist")]
    Unknown(String),
    #[error("the service with {0} name already exists")]
    Exists(String),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the server is stopping")]
    Stopping,
}

type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

enum Order {
    Create(
        Box<Program>,
        Reply<oneshot::Receiver<Result<(), StartError>>>,
    ),
    Restart(String, Reply<oneshot::Receiver<Result<(), StartError>>>),
    Terminate(String, Reply<oneshot::Receiver<()>>),
    List(Reply<Vec<String>>),
    See(Option<String>, Reply<Vec<Seen>>),
}

/// The way to the actor.
#[derive(Clone)]
pub(super) struct Desk(mpsc::UnboundedSender<Order>);

/// The actor; nothing happens before it runs.
pub(super) struct Clerk {
    orders: mpsc::UnboundedReceiver<Order>,
    groups: BTreeMap<String, (u64, Handle)>,
    running: JoinSet<(String, u64)>,
    created: u64,
}

impl Desk {
    pub(super) fn new() -> (Self, Clerk) {
        let (sender, orders) = mpsc::unbounded_channel();
        let clerk = Clerk {
            orders,
            groups: BTreeMap::new(),
            running: JoinSet::new(),
            created: 0,
        };
        (Self(sender), clerk)
    }

    /// Starts a new program.
    pub(super) async fn create(&self, program: Program) -> Result<(), Refusal> {
        let started = self.ask(|it| Order::Create(Box::new(program), it)).await?;
        Ok(started.await.map_err(|_| Refusal::Stopping)??)
    }

    /// Stops and starts all processes of a program.
    pub(super) async fn restart(&self, name: String) -> Result<(), Refusal> {
        let done = self.ask(|it| Order::Restart(name, it)).await?;
        Ok(done.await.map_err(|_| Refusal::Stopping)??)
    }

    /// The same with all programs, side by side; the first that fails is told.
    pub(super) async fn restart_all(&self) -> Result<(), Refusal> {
        let mut restarts = JoinSet::new();
        for name in self.list().await? {
            let desk = self.clone();
            restarts.spawn(async move { desk.restart(name).await });
        }
        restarts.join_all().await.into_iter().collect()
    }

    /// Stops a program and forgets it.
    pub(super) async fn terminate(&self, name: String) -> Result<(), Refusal> {
        let done = self.ask(|it| Order::Terminate(name, it)).await?;
        done.await.map_err(|_| Refusal::Stopping)
    }

    /// The names of all programs, sorted.
    pub(super) async fn list(&self) -> Result<Vec<String>, Refusal> {
        self.ask(Order::List).await
    }

    /// One program, or all.
    pub(super) async fn see(&self, name: Option<String>) -> Result<Vec<Seen>, Refusal> {
        self.ask(|it| Order::See(name, it)).await
    }

    async fn ask<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.0.send(order(reply)).map_err(|_| Refusal::Stopping)?;
        answer.await.map_err(|_| Refusal::Stopping)?
    }
}

impl Clerk {
    /// Obeys until `stop` resolves, then stops all programs side by side.
    pub(super) async fn run(mut self, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.running.join_next() => {
                    let Ok((name, id)) = ended else { continue };
                    // One of that name may have been created since.
                    if self.groups.get(&name).is_some_and(|it| it.0 == id) {
                        self.groups.remove(&name);
                    }
                }
                Some(order) = self.orders.recv() => self.obey(order),
            }
        }
        self.orders.close();
        self.groups.clear();
        while self.running.join_next().await.is_some() {}
    }

    /// Waits for nothing: what takes time is done by the group, and awaited by whoever asked.
    fn obey(&mut self, order: Order) {
        match order {
            Order::Create(program, reply) => {
                let name = program.name.clone();
                let outcome = match self.groups.contains_key(&name) {
                    true => Err(Refusal::Exists(name)),
                    false => Ok(self.create(name, *program)),
                };
                drop(reply.send(outcome));
            }
            Order::Restart(name, reply) => {
                let (done, answer) = oneshot::channel();
                let found = self.find(&name).map(|it| {
                    it.orders.send(group::Order::Restart(done)).ok();
                    answer
                });
                drop(reply.send(found));
            }
            Order::Terminate(name, reply) => {
                let (done, answer) = oneshot::channel();
                let found = self.groups.remove(&name).ok_or(Refusal::Unknown(name));
                let found = found.map(|(_, it)| {
                    it.orders.send(group::Order::Stop(done)).ok();
                    answer
                });
                drop(reply.send(found));
            }
            Order::List(reply) => drop(reply.send(Ok(self.groups.keys().cloned().collect()))),
            Order::See(Some(name), reply) => {
                drop(reply.send(self.find(&name).map(|it| vec![seen(it)])));
            }
            Order::See(None, reply) => {
                let all = self.groups.values().map(|(_, it)| seen(it));
                drop(reply.send(Ok(all.collect())));
            }
        }
    }

    fn create(
        &mut self,
        name: String,
        program: Program,
    ) -> oneshot::Receiver<Result<(), StartError>> {
        let (handle, group) = Group::new(program);
        let (started, answer) = oneshot::channel();
        self.created += 1;
        let id = self.created;
        self.groups.insert(name.clone(), (id, handle));
        self.running.spawn(async move {
            group.run(started).await;
            (name, id)
        });
        answer
    }

    fn find(&self, name: &str) -> Result<&Handle, Refusal> {
        let found = self.groups.get(name).map(|(_, it)| it);
        found.ok_or_else(|| Refusal::Unknown(name.to_owned()))
    }
}

fn seen(handle: &Handle) -> Seen {
    Seen {
        command: handle.program.command.to_string(),
        states: handle.states.iter().map(|it| it.borrow().clone()).collect(),
    }
}
