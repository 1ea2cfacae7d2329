//! Replaces a whole generation of workers, or gives up and keeps the old one.
//!
//! A reset makes every worker stale; [`Actor::balance`] does the rest.

use tokio::{
    sync::oneshot,
    time::{Duration, Instant},
};

use super::{Actor, Member, SpawnError, What};

type Reply = oneshot::Sender<Result<(), SpawnError>>;

/// A reset under way.
pub(super) struct Reset {
    begun: Instant,
    /// Whether a worker of the new generation is up.
    pub(super) is_proven: bool,
    /// When busy workers that are to go are not waited for any longer; set once one was told to go.
    pub(super) deadline: Option<Instant>,
    /// Those who asked for it.
    replies: Vec<Reply>,
}

impl Reset {
    /// A worker was told to go: it has its time from now.
    pub(super) fn extend(&mut self, timeout: Duration) {
        self.deadline = Some(Instant::now() + timeout);
    }
}

impl Actor {
    pub(super) fn begin_reset(&mut self, reply: Reply) {
        if self.size == 0 {
            // Every task has a worker of its own anyway.
            reply.send(Ok(())).ok();
            return;
        }
        // Workers booted a moment ago may have read the code before it changed.
        self.generation += 1;
        let mut replies = self.reset.take().map_or_else(Vec::new, |it| it.replies);
        replies.push(reply);
        self.reset = Some(Reset {
            begun: Instant::now(),
            is_proven: false,
            deadline: None,
            replies,
        });
        self.retry = None;
        self.failures = 0;
        self.balance();
    }

    /// A worker of `generation` is up: further ones may boot side by side.
    pub(super) fn prove(&mut self, generation: u64) {
        if let Some(reset) = &mut self.reset {
            reset.is_proven |= generation == self.generation;
        }
    }

    /// The new code does not boot: what is left of the old generation stays.
    pub(super) fn roll_back(&mut self, error: SpawnError) {
        let Some(reset) = self.reset.take() else {
            return;
        };
        for member in self.members.values_mut() {
            member.generation = self.generation;
        }
        self.tell(What::RolledBack {
            error: error.to_string(),
        });
        let text = error.to_string();
        let mut error = Some(error);
        for reply in reset.replies {
            let error = error.take().unwrap_or(SpawnError::Reset(text.clone()));
            reply.send(Err(error)).ok();
        }
        self.balance();
    }

    /// Ends the reset once no worker of an old generation is left and the pool is full.
    pub(super) fn check_reset(&mut self) {
        let is_old = |it: &Member| it.generation < self.generation;
        if self.members.values().any(is_old) || self.counting() < self.target() {
            return;
        }
        let Some(reset) = self.reset.take() else {
            return;
        };
        self.tell(What::Reset {
            workers: self.counting(),
            took: reset.begun.elapsed(),
        });
        for reply in reset.replies {
            reply.send(Ok(())).ok();
        }
    }

    pub(super) fn cut_reset_short(&mut self) {
        if let Some(reset) = &mut self.reset {
            reset.deadline = None;
        }
        let due = |it: &&Member| it.generation < self.generation && !it.counts;
        for member in self.members.values().filter(due) {
            let (pool, pid) = (&*self.shared.name, member.record.pid);
            tracing::warn!(target: "server", pool, pid, "`reset_timeout` is over");
            member.kill();
        }
    }
}
