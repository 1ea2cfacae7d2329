//! Which core a worker is at home on, and whether it is bound to it.
//!
//! Where the tasks of a pool take little more of the CPU than waking another core does, a worker is bound to
//! the core on which its tasks arrive, and lent to others where that core has nothing to do. Where they take
//! more, the system spreads them better; where they take longer, as they wait for something, all workers are for all.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use super::{Actor, Member};
use crate::{
    cores::{Cores, affinity},
    pool::handout::Lending,
};

/// How often the tasks are looked at.
const TICK: Duration = Duration::from_secs(1);

/// So many tasks say something.
const ENOUGH: u64 = 50;

/// Tasks that take less of the CPU are light: waking another core takes a fifth of that.
const LIGHT: Duration = Duration::from_micros(250);

/// Tasks that take more are not light any longer.
const HEAVY: Duration = Duration::from_micros(400);

/// Tasks that are over sooner are short, in their turn with others on the same core.
const SHORT: Duration = Duration::from_millis(1);

/// What a worker had done when its pool was last judged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    tasks: u64,
    /// On a CPU.
    cpu: Duration,
    /// With a task.
    busy: Duration,
}

impl Done {
    /// One that has just booted, which took its time as well.
    pub(super) fn nothing(pid: u32) -> Self {
        Self {
            cpu: affinity::cpu_time(pid).unwrap_or_default(),
            ..Self::default()
        }
    }

    fn add(&mut self, now: Self, before: Self) {
        self.tasks += now.tasks - before.tasks;
        self.cpu += now.cpu.saturating_sub(before.cpu);
        self.busy += now.busy.saturating_sub(before.busy);
    }

    /// Whether these are enough to judge by, be it that a few are heavy. Until then they add up.
    fn is_telling(&self) -> bool {
        let enough = ENOUGH as u32;
        self.tasks >= ENOUGH || self.cpu >= HEAVY * enough || self.busy >= SHORT * enough
    }

    fn each(&self, of: Duration) -> Duration {
        // One that is under way is a task as well.
        of.div_f64(self.tasks.max(1) as f64)
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

    /// Binds a worker that is not, or frees one that is, as its pool's tasks want it; whether it is bound then.
    pub(super) fn place(&self, pid: u32, home: usize, was_bound: bool) -> bool {
        let Some(cores) = self.cores.as_ref().filter(|_| self.is_bound != was_bound) else {
            return was_bound;
        };
        let placed = match self.is_bound {
            true => affinity::bind_process(pid, cores.cpu(home)),
            false => affinity::free_process(pid),
        };
        match placed {
            Ok(()) => self.is_bound,
            Err(error) => {
                // It has ended, belongs to a user that is not ours to bind, or was bound by its command.
                tracing::debug!(target: "server", pid, %error, "stays where it runs");
                was_bound
            }
        }
    }

    /// Whether each core has one of these.
    fn are_everywhere<'a>(&self, members: impl Iterator<Item = &'a Member>) -> bool {
        let homes: BTreeSet<usize> = members.map(|it| it.home).collect();
        self.cores
            .as_ref()
            .is_some_and(|it| it.count() == homes.len())
    }
}

impl Actor {
    pub(super) fn next_home(&mut self) -> usize {
        self.placing.next_home(self.members.values())
    }

    /// Looks what a task takes of the CPU, and binds workers or lets them go by that.
    pub(super) fn look_at_tasks(&mut self) {
        self.placing.look = Some(Instant::now() + TICK);
        let (mut all, mut seen) = (Done::default(), Vec::new());
        for (id, member) in &self.members {
            let tasks = member.record.execs();
            if tasks == member.done.tasks && member.record.idle().is_some() {
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
            seen.push((*id, now));
        }
        if !all.is_telling() {
            return;
        }
        for (id, now) in seen {
            if let Some(member) = self.members.get_mut(&id) {
                member.done = now;
            }
        }
        let (cpu, busy) = (all.each(all.cpu), all.each(all.busy));
        let limit = match self.placing.is_bound {
            true => HEAVY,
            false => LIGHT,
        };
        let is_bound = cpu <= limit;
        // A core without workers, as when there are less of them than cores, lives on what others lend.
        let has_all = self.placing.are_everywhere(self.members.values());
        let lending = match is_bound && busy <= SHORT && has_all {
            true => Lending::Unused,
            false => Lending::Always,
        };
        self.shared.idle.set_lending(lending);
        if is_bound != self.placing.is_bound {
            let pool = &*self.shared.name;
            tracing::debug!(target: "server", pool, ?cpu, is_bound, "CPU time of a task: workers are bound to cores, or not any more");
            self.placing.is_bound = is_bound;
            for it in self.members.values_mut() {
                it.is_bound = self.placing.place(it.record.pid, it.home, it.is_bound);
            }
        }
    }
}
