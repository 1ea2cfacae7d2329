//! Replaces a whole generation of workers, or gives up and keeps the old one.
//!
//! A reset makes every worker stale; [`Actor::balance`] does the rest.

use tokio::{
    sync::oneshot,
    time::{Duration, Instant},
};

use super::{Actor, Member, SpawnError, What, change::Undo};

pub(super) type Reply = oneshot::Sender<Result<(), SpawnError>>;

/// A reset under way.
pub(super) struct Reset {
    begun: Instant,
    /// Whether a worker of the new generation is up.
    pub(super) is_proven: bool,
    /// When busy workers that are to go are not waited for any longer; set once one was told to go.
    pub(super) deadline: Option<Instant>,
    /// Whether workers are replaced, not only added.
    renews: bool,
    /// Those who asked for it.
    replies: Vec<Reply>,
    /// What else is taken back where it is given up.
    undo: Option<Undo>,
}

impl Reset {
    /// One that begins now and takes over whatever is under way: a worker of this moment's
    /// generation is to be tried where `renews`.
    pub(super) fn after(
        earlier: Option<Self>,
        renews: bool,
        reply: Reply,
        undo: Option<Undo>,
    ) -> Self {
        let mut it = earlier.unwrap_or(Self {
            begun: Instant::now(),
            is_proven: true,
            deadline: None,
            renews,
            replies: Vec::new(),
            undo: None,
        });
        if renews {
            it.begun = Instant::now();
            it.is_proven = false;
            it.deadline = None;
            it.renews = true;
        }
        it.replies.push(reply);
        // Of several changes the first knows what there was before all of them.
        it.undo = it.undo.or(undo);
        it
    }

    pub(super) fn tries_another_command(&self) -> bool {
        !self.is_proven && self.undo.is_some()
    }

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
        self.spawner.renew();
        self.reset = Some(Reset::after(self.reset.take(), true, reply, None));
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
        let failed = self.generation;
        let size = self.target();
        if reset.undo.is_some_and(|it| it.take_back(self)) {
            // Those that came up by the other command are stale themselves now.
            self.generation += 1;
        }
        let current = self.generation;
        let kept = |it: &&mut Member| current == failed || it.generation < failed;
        for member in self.members.values_mut().filter(kept) {
            member.generation = current;
        }
        match reset.renews {
            true => self.tell(What::RolledBack {
                error: error.to_string(),
            }),
            false => self.tell(What::Scaled {
                from: size,
                to: self.target(),
            }),
        }
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
        if reset.renews {
            self.tell(What::Reset {
                workers: self.counting(),
                took: reset.begun.elapsed(),
            });
        }
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
