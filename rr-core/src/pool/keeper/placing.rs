//! Which core a worker is at home on, and whether it is bound to it.
//!
//! Where the tasks of a pool take little more of the CPU than waking another core does, a worker is bound to
//! the core on which its tasks arrive, and lent to others where that core has nothing to do. Where they take
//! more, the system spreads them better; where they take longer, as they wait for something, all workers are for all.

use std::time::Duration;

use tokio::time::Instant;

use super::{Actor, Member};
use crate::{
    cores::{Cores, affinity},
    pool::handout::Lending,
};

/// How often the tasks are looked at.
const TICK: Duration = Duration::from_secs(1);

/// So many tasks since the last look say something.
const ENOUGH: u64 = 50;

/// Tasks that take less of the CPU are light: waking another core takes a fifth of that.
const LIGHT: Duration = Duration::from_micros(250);

/// Tasks that take more are not light any longer.
const HEAVY: Duration = Duration::from_micros(400);

/// Tasks that are over sooner are short, in their turn with others on the same core.
const SHORT: Duration = Duration::from_millis(1);

/// What a worker had done when it was last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    tasks: u64,
    /// On a CPU.
    cpu: Duration,
    /// With a task.
    busy: Duration,
}

impl Done {
    fn add(&mut self, now: Self, before: Self) {
        self.tasks += now.tasks - before.tasks;
        self.cpu += now.cpu.saturating_sub(before.cpu);
        self.busy += now.busy.saturating_sub(before.busy);
    }

    fn each(&self, of: Duration) -> Duration {
        of.div_f64(self.tasks as f64)
    }
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
            let Some(cpu) = affinity::cpu_time(member.record.pid) else {
                continue;
            };
            let now = Done {
                tasks,
                cpu,
                busy: member.record.busy(),
            };
            all.add(now, member.done);
            member.done = now;
        }
        if all.tasks < ENOUGH {
            return;
        }
        let (cpu, busy) = (all.each(all.cpu), all.each(all.busy));
        let limit = match self.placing.is_bound {
            true => HEAVY,
            false => LIGHT,
        };
        let is_bound = cpu <= limit;
        self.shared
            .idle
            .set_lending(match is_bound && busy <= SHORT {
                true => Lending::Unused,
                false => Lending::Always,
            });
        if is_bound != self.placing.is_bound {
            let pool = &*self.shared.name;
            tracing::debug!(target: "server", pool, ?cpu, is_bound, "CPU time of a task: workers are bound to cores, or not any more");
            self.placing.is_bound = is_bound;
            for member in self.members.values() {
                self.placing.place(member.record.pid, member.home);
            }
        }
    }
}
