//! Which core a worker is at home on, and whether it is bound to it.
//!
//! Where the tasks of a pool take less of the CPU than waking another core does, a worker is bound to
//! the core on which its tasks arrive. Where they take more, the system spreads them better.

use std::time::Duration;

use tokio::time::Instant;

use super::{Actor, Member};
use crate::cores::{Cores, affinity};

/// How often the tasks are looked at.
const TICK: Duration = Duration::from_secs(1);

/// So many tasks since the last look say something.
const ENOUGH: u64 = 50;

/// Tasks that take less of the CPU are light: waking another core takes a fifth of that.
const LIGHT: Duration = Duration::from_micros(250);

/// Tasks that take more are not light any longer.
const HEAVY: Duration = Duration::from_micros(400);

/// What a worker had done when it was last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    tasks: u64,
    time: Duration,
}

/// Of all workers of a pool.
pub(super) struct Placing {
    cores: Option<Cores>,
    /// How many boot for each core.
    booting: Vec<usize>,
    /// Whether tasks are light, so that workers are bound.
    is_bound: bool,
    pub(super) look: Option<Instant>,
}

impl Placing {
    pub(super) fn new(cores: Option<Cores>) -> Self {
        Self {
            booting: vec![0; cores.as_ref().map_or(1, Cores::count)],
            look: cores.as_ref().map(|_| Instant::now() + TICK),
            is_bound: false,
            cores,
        }
    }

    pub(super) fn cores(&self) -> Option<&Cores> {
        self.cores.as_ref()
    }

    /// The core with the fewest workers, for another one that boots.
    fn next_home<'a>(&mut self, members: impl Iterator<Item = &'a Member>) -> usize {
        let mut workers = self.booting.clone();
        for member in members {
            workers[member.home] += 1;
        }
        let cores = workers.iter().enumerate();
        let home = cores.min_by_key(|(_, workers)| **workers);
        let home = home.map_or(0, |(core, _)| core);
        self.booting[home] += 1;
        home
    }

    /// A boot for this core is over.
    pub(super) fn booted(&mut self, home: usize) {
        self.booting[home] -= 1;
    }

    /// Binds or frees a worker as its pool's tasks want it.
    pub(super) fn place(&self, pid: u32, home: usize) {
        let Some(cores) = &self.cores else {
            return;
        };
        let placed = match self.is_bound {
            true => affinity::bind(Some(pid), cores.cpu(home)),
            false => affinity::free(Some(pid)),
        };
        if let Err(error) = placed {
            // It has ended, or belongs to a user that is not ours to bind: it runs wherever it does.
            tracing::debug!(target: "server", pid, %error, "not bound to a core");
        }
    }
}

impl Actor {
    pub(super) fn next_home(&mut self) -> usize {
        self.placing.next_home(self.members.values())
    }

    /// Looks what a task takes of the CPU, and binds workers or lets them go by that.
    pub(super) fn look_at_tasks(&mut self) {
        self.placing.look = Some(Instant::now() + TICK);
        let mut all = Done::default();
        for member in self.members.values_mut() {
            let tasks = member.record.execs();
            if tasks == member.done.tasks {
                continue;
            }
            let Some(time) = affinity::cpu_time(member.record.pid) else {
                continue;
            };
            all.tasks += tasks - member.done.tasks;
            all.time += time.saturating_sub(member.done.time);
            member.done = Done { tasks, time };
        }
        if all.tasks < ENOUGH {
            return;
        }
        let each = all.time.div_f64(all.tasks as f64);
        let is_bound = match self.placing.is_bound {
            true => each <= HEAVY,
            false => each <= LIGHT,
        };
        if is_bound != self.placing.is_bound {
            let pool = &*self.shared.name;
            tracing::debug!(target: "server", pool, ?each, is_bound, "CPU time of a task: workers are bound to cores, or not any more");
            self.placing.is_bound = is_bound;
            for member in self.members.values() {
                self.placing.place(member.record.pid, member.home);
            }
        }
    }
}
