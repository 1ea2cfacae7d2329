//! The end of a pool: in good order, or at once.

use tokio::{
    sync::mpsc,
    time::{Duration, Instant, sleep_until},
};

use super::{Actor, Member, Order, Why};
use crate::{
    pool::{info::WorkerState, worker::Worker},
    process::Signal,
};

impl Member {
    /// Kills it, whoever holds it.
    pub(super) fn kill(&self) {
        self.record.kill();
        self.process.signal(Signal::Kill);
    }
}

impl Actor {
    /// Lets idle workers go and waits for busy ones, no longer than `destroy_timeout`.
    pub(super) async fn stop(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        self.booting.shutdown().await;
        let limit = self.shared.options().destroy_timeout;
        let deadline = Instant::now() + limit;
        for member in self.members.values() {
            member.record.leave(Why::Stop);
        }
        for worker in self.shared.idle.close() {
            self.say_goodbye(worker, limit);
        }
        while !self.members.is_empty() {
            tokio::select! {
                Some(order) = orders.recv() => match order {
                    Order::Retire(worker) => {
                        let left = deadline.duration_since(Instant::now());
                        self.say_goodbye(worker, left);
                    }
                    Order::Info(reply) => self.describe(reply),
                    Order::Due(_)
                    | Order::Shortage
                    | Order::Stop(_)
                    | Order::Reset(_)
                    | Order::Change(..)
                    | Order::Add(_)
                    | Order::Remove(_)
                    | Order::Lend(_) => {}
                },
                Some(exit) = self.exits.join_next() => {
                    if let Ok((id, status)) = exit
                        && let Some(member) = self.members.remove(&id)
                    {
                        self.tell_of_end(&member, status);
                    }
                }
                Some(_farewell) = self.farewells.join_next() => {}
                () = sleep_until(deadline) => return self.kill_all().await,
            }
        }
    }

    fn say_goodbye(&mut self, worker: Worker, limit: Duration) {
        worker.record.set(WorkerState::Stopping);
        self.farewells.spawn(worker.stop(limit));
    }

    pub(super) async fn kill_all(&mut self) {
        drop(self.shared.idle.close());
        self.booting.shutdown().await;
        for member in self.members.values() {
            member.record.leave(Why::Stop);
            member.kill();
        }
        while !self.members.is_empty() {
            match self.exits.join_next().await {
                Some(Ok((id, status))) => {
                    if let Some(member) = self.members.remove(&id) {
                        self.tell_of_end(&member, status);
                    }
                }
                Some(Err(_)) => {}
                None => return,
            }
        }
    }
}
