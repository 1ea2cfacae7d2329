//! Replaces a whole generation of workers, one for one, or gives up and keeps the old one.

use tokio::{sync::oneshot, time::Instant};

use super::{Actor, Member, Purpose, SpawnError};
use crate::pool::{process::Signal, worker::Worker};

type Reply = oneshot::Sender<Result<(), SpawnError>>;

/// A reset under way.
pub(super) struct Reset {
    /// When busy workers that are to go are not waited for any longer; set once one was told to go.
    pub(super) deadline: Option<Instant>,
    /// Those who asked for it.
    replies: Vec<Reply>,
}

impl Actor {
    pub(super) fn begin_reset(&mut self, reply: Reply) {
        if self.size == 0 {
            // Every task has a worker of its own anyway.
            reply.send(Ok(())).ok();
            return;
        }
        if let Some(reset) = &mut self.reset {
            // Workers booted a moment ago may have read the code before it changed.
            reset.replies.push(reply);
            self.generation += 1;
        } else {
            self.generation += 1;
            self.reset = Some(Reset {
                deadline: None,
                replies: vec![reply],
            });
        }
        self.retry = None;
        self.failures = 0;
        self.boot(Purpose::Keep);
    }

    /// A worker of the new generation is up: one of an older one goes, the next new one boots.
    pub(super) fn exchange_one(&mut self) {
        let current = self.generation;
        let members = &self.members;
        let old = |it: &Worker| {
            members
                .get(&it.id)
                .is_some_and(|it| it.generation < current)
        };
        match self.shared.idle.remove(old) {
            Some(worker) => self.retire(worker),
            None => {
                self.outdate_one(|it| it.generation < current);
                let deadline = Instant::now() + self.shared.options.reset_timeout;
                if let Some(reset) = &mut self.reset {
                    reset.deadline = Some(deadline);
                }
            }
        }
        self.go_on_with_reset();
    }

    /// Boots the next of the new generation, where one is missing and none is on its way.
    pub(super) fn go_on_with_reset(&mut self) {
        let current = self.generation;
        let renewed = self.members.values().filter(|it| it.generation == current);
        if renewed.count() + self.booting.len() < self.size {
            self.boot(Purpose::Keep);
        }
        self.check_reset();
    }

    /// The new code does not boot: what is left of the old generation stays.
    pub(super) fn roll_back(&mut self, error: SpawnError) {
        let Some(reset) = self.reset.take() else {
            return;
        };
        tracing::error!(
            target: "server",
            pool = self.shared.name,
            "reset given up, the workers that run stay: {error}",
        );
        let text = error.to_string();
        let mut error = Some(error);
        for reply in reset.replies {
            let error = error.take().unwrap_or(SpawnError::Reset(text.clone()));
            reply.send(Err(error)).ok();
        }
        self.fill();
        self.trim();
    }

    /// Ends the reset once no worker of an old generation is left and the pool is full.
    pub(super) fn check_reset(&mut self) {
        let current = self.generation;
        let present = self.members.values().filter(|it| !it.leaving);
        if self.reset.is_none() || self.members.values().any(|it| it.generation < current) {
            return;
        }
        if present.count() < self.size {
            if self.booting.is_empty() {
                self.boot(Purpose::Keep);
            }
            return;
        }
        if let Some(reset) = self.reset.take() {
            tracing::info!(target: "server", pool = self.shared.name, "workers were reset");
            for reply in reset.replies {
                reply.send(Ok(())).ok();
            }
            self.trim();
        }
    }

    pub(super) fn cut_reset_short(&mut self) {
        let current = self.generation;
        if let Some(reset) = &mut self.reset {
            reset.deadline = None;
        }
        let due = |it: &&Member| it.generation < current && it.record.is_outdated();
        for member in self.members.values().filter(due) {
            tracing::warn!(
                target: "server",
                pool = self.shared.name,
                pid = member.record.pid,
                "a busy worker is killed at the end of `reset_timeout`",
            );
            member.process.signal(Signal::Kill);
        }
    }
}
