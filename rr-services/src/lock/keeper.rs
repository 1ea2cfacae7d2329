//! The actor that owns the table: takes orders, ends what is over, answers whoever waits.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rr_core::lifecycle::Stop;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::table::{Table, Ticket, Wish};

/// The way to the keeper.
#[derive(Clone, Debug)]
pub(super) struct Locks(mpsc::UnboundedSender<(Order, Reply)>);

/// What can be asked; each is answered by yes or no.
#[derive(Debug)]
pub(super) enum Order {
    Acquire {
        wish: Wish,
        wait: Duration,
    },
    Release {
        resource: Arc<str>,
        id: Arc<str>,
    },
    ForceRelease {
        resource: Arc<str>,
    },
    /// `None` is anybody.
    Exists {
        resource: Arc<str>,
        id: Option<Arc<str>>,
    },
    /// `None` is without limit.
    UpdateTtl {
        resource: Arc<str>,
        id: Arc<str>,
        ttl: Option<Duration>,
    },
}

type Reply = oneshot::Sender<bool>;

/// Owns all locks.
#[derive(Debug)]
pub(super) struct Keeper {
    orders: mpsc::UnboundedReceiver<(Order, Reply)>,
    table: Table,
    waiting: HashMap<Ticket, Reply>,
}

impl Locks {
    /// Resolves when the order is carried out or given up; `None` where the keeper has ended.
    pub(super) async fn ask(&self, order: Order) -> Option<bool> {
        let (reply, answer) = oneshot::channel();
        self.0.send((order, reply)).ok()?;
        answer.await.ok()
    }
}

impl Keeper {
    pub(super) fn new() -> (Locks, Self) {
        let (sender, orders) = mpsc::unbounded_channel();
        let keeper = Self {
            orders,
            table: Table::default(),
            waiting: HashMap::new(),
        };
        (Locks(sender), keeper)
    }

    /// Runs until `stop`; who still waits then gets no answer, which is one.
    pub(super) async fn run(mut self, stop: Stop) {
        loop {
            let next = self.table.next_deadline();
            let over = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                order = self.orders.recv() => match order {
                    Some((order, reply)) => self.carry_out(order, reply),
                    None => return,
                },
                () = over => self.table.expire(Instant::now()),
            }
            for (ticket, granted) in self.table.verdicts() {
                if let Some(reply) = self.waiting.remove(&ticket) {
                    reply.send(granted).ok();
                }
            }
        }
    }

    fn carry_out(&mut self, order: Order, reply: Reply) {
        let now = Instant::now();
        self.table.expire(now);
        let done = match order {
            Order::Acquire { wish, wait } => {
                let ticket = self.table.acquire(now, wish, wait);
                self.waiting.insert(ticket, reply);
                return;
            }
            Order::Release { resource, id } => self.table.release(now, &resource, &id),
            Order::ForceRelease { resource } => self.table.force_release(now, &resource),
            Order::Exists { resource, id } => self.table.is_held(&resource, id.as_deref()),
            Order::UpdateTtl { resource, id, ttl } => {
                self.table.update_ttl(now, &resource, &id, ttl)
            }
        };
        reply.send(done).ok();
    }
}

#[cfg(test)]
mod tests;
