//! Other options or another command for a pool that works: the keeper goes by them, or gives them
//! up and goes by the old ones again.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use tokio::time::Instant;

use super::{
    Actor, Boot, Options, What, Why,
    boot::source,
    reset::{Reply, Reset},
};
use crate::pool::{Spawner, worker::Jobs};

/// What is to be otherwise.
pub(in crate::pool) struct Change {
    options: Options,
    /// Where workers are to come from, if that is another place.
    spawner: Option<Arc<dyn Boot>>,
}

/// What was before a change.
pub(super) struct Undo {
    options: Arc<Options>,
    size: usize,
    spawner: Option<Arc<dyn Boot>>,
}

impl Change {
    pub(in crate::pool) fn new(options: Options, spawner: Option<Spawner>) -> Self {
        let debug = options.debug;
        Self::by(options, spawner.map(|it| source(it, debug)))
    }

    pub(in crate::pool) fn by(options: Options, spawner: Option<Arc<dyn Boot>>) -> Self {
        Self { options, spawner }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Undo {
    /// Whether workers come from elsewhere again.
    pub(super) fn take_back(self, actor: &mut Actor) -> bool {
        actor.size = self.size;
        actor.go_by(&self.options);
        let renews = self.spawner.is_some();
        if let Some(spawner) = self.spawner {
            actor.spawner = spawner;
        }
        renews
    }
}

impl Actor {
    pub(super) fn begin_change(&mut self, change: Change, reply: Reply) {
        let Change { options, spawner } = change;
        let before = self.shared.options.load_full();
        // Tasks that wait in the queue would wait for ever, or those that have a worker of their own.
        let debug = before.debug;
        let options = Options { debug, ..options };
        let renews = spawner.is_some();
        let undo = Undo {
            options: Arc::clone(&before),
            size: self.size,
            spawner: spawner.map(|it| std::mem::replace(&mut self.spawner, it)),
        };
        let from = self.target();
        if options.workers != before.workers && !debug {
            self.size = options.workers.max(1);
        }
        self.go_by(&Arc::new(options));
        let to = self.target();
        if from != to {
            self.tell(What::Scaled { from, to });
        }
        let is_at_once = self.size == 0 || !renews && self.counting() >= to;
        if is_at_once {
            reply.send(Ok(())).ok();
        } else {
            self.generation += u64::from(renews);
            self.reset = Some(Reset::after(self.reset.take(), renews, reply, Some(undo)));
            self.retry = None;
            self.failures = 0;
        }
        self.balance();
    }

    /// Has these options hold for all that there is.
    fn go_by(&mut self, options: &Arc<Options>) {
        let before = self.shared.options.swap(Arc::clone(options));
        if options.max_jobs != before.max_jobs {
            self.spread(options.max_jobs);
        }
        self.look = self.next_look();
        self.extra = match options.scaling {
            Some(scaling) => self.extra.min(scaling.most),
            None => 0,
        };
        self.queue_look = options.scaling.map(|_| Instant::now());
    }

    /// Holds all workers to `max_jobs`, as if they had been booted with it.
    fn spread(&mut self, max_jobs: u64) {
        let chance = RandomState::new();
        let mut passed = Vec::new();
        for (id, member) in self.members.iter().filter(|it| it.1.counts) {
            let jobs = Jobs::around(max_jobs, chance.hash_one(id));
            member.record.allow(jobs);
            if member.record.execs() >= jobs.due {
                passed.push(*id);
            }
        }
        for id in passed {
            self.due(id, Why::Jobs);
        }
    }
}
