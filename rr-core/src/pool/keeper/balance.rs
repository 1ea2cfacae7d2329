//! Brings the pool to where it should be: as many workers as asked for, none of them stale.
//!
//! Whatever happens ends in [`Actor::balance`]. It boots what is missing, a few more while there
//! are stale ones to take over from, and lets go what is too much, the stale first: so a worker
//! leaves after its successor is up, and nothing has to be remembered between the two.

use std::{num::NonZero, thread::available_parallelism};

use super::{Actor, Member, Purpose, Reset, What, Why};
use crate::pool::{room, worker::Worker};

impl Actor {
    pub(super) fn balance(&mut self) {
        self.shared.counters.resize(self.target());
        while self.counting() > self.target() {
            self.let_one_go();
        }
        let stale = self.members.values().filter(|it| self.is_stale(it)).count();
        let surge = self.surge(stale);
        if stale > 0 && surge == 0 && self.booting.is_empty() && self.counting() == self.target() {
            self.let_one_go();
        }
        let wanted = match self
            .reset
            .as_ref()
            .is_some_and(Reset::tries_another_command)
        {
            // Whether it boots at all is not known before the first is up.
            true => self.counting() + 1,
            false => self.target() + stale.min(surge),
        };
        while self.counting() + self.booting.len() < wanted && self.may_boot() {
            self.boot(Purpose::Keep);
        }
        self.check_reset();
    }

    /// Once a boot has failed, one at a time is tried, and not at once.
    fn may_boot(&self) -> bool {
        self.retry.is_none() && (self.failures == 0 || self.booting.is_empty())
    }

    /// How many workers there are to be.
    pub(super) fn target(&self) -> usize {
        self.size + self.extra
    }

    pub(super) fn counting(&self) -> usize {
        self.members.values().filter(|it| it.counts).count()
    }

    fn is_stale(&self, member: &Member) -> bool {
        member.counts && (member.due.is_some() || member.generation < self.generation)
    }

    /// How many workers there may be beyond the target while stale ones are replaced.
    fn surge(&self, stale: usize) -> usize {
        if stale == 0 {
            return 0;
        }
        if self.reset.as_ref().is_some_and(|it| !it.is_proven) {
            // The first of a generation is tried beside the old ones, whatever it costs.
            return 1;
        }
        let pids = self.members.values().map(|it| it.record.pid);
        match room::is_for_one_more(pids) {
            true => (self.target() / 4).clamp(1, available_parallelism().map_or(1, NonZero::get)),
            false => 0,
        }
    }

    /// From now on another worker is wanted in place of this one.
    pub(super) fn due(&mut self, id: u64, why: Why) {
        let Some(member) = self.members.get_mut(&id).filter(|it| it.counts) else {
            return;
        };
        if member.due.is_none() {
            member.due = Some(why.clone());
            let pid = member.record.pid;
            self.tell(What::Due { pid, why });
        }
    }

    /// Sends one worker away: one that has passed a limit, else one of an old generation, else
    /// any; of those an idle one, else the oldest.
    fn let_one_go(&mut self) {
        let rank = |it: &Member| match (&it.due, it.generation < self.generation) {
            (Some(_), _) => 0,
            (None, true) => 1,
            (None, false) => 2,
        };
        let counting = || self.members.iter().filter(|(_, it)| it.counts);
        let Some(worst) = counting().map(|(_, it)| rank(it)).min() else {
            return;
        };
        let ids: Vec<u64> = counting()
            .filter(|(_, it)| rank(it) == worst)
            .map(|(id, _)| *id)
            .collect();
        let why = match worst {
            0 => Why::Jobs,
            1 => Why::Reset,
            _ => Why::Surplus,
        };
        match self.shared.idle.remove(|it| ids.contains(&it.id)) {
            Some(worker) => self.dismiss(worker, why),
            None => self.send_away(ids[0], why),
        }
    }

    /// A worker in nobody's hands is stopped.
    pub(super) fn dismiss(&mut self, worker: Worker, why: Why) {
        self.strike(worker.id, why);
        let limit = self.shared.options().destroy_timeout;
        self.farewells.spawn(worker.stop(limit));
    }

    /// A busy worker is stopped when it comes back.
    fn send_away(&mut self, id: u64, why: Why) {
        self.strike(id, why);
        // It may have come back just before it was marked.
        if let Some(worker) = self.shared.idle.remove(|it| it.id == id) {
            let limit = self.shared.options().destroy_timeout;
            self.farewells.spawn(worker.stop(limit));
        }
    }

    /// From now on a member does not count. The limit that it has passed is the better reason.
    fn strike(&mut self, id: u64, why: Why) {
        let reset_timeout = self.shared.options().reset_timeout;
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        member.counts = false;
        member.record.leave(member.due.take().unwrap_or(why));
        if let Some(reset) = &mut self.reset {
            reset.extend(reset_timeout);
        }
    }

    pub(super) fn remove_one(&mut self) {
        if self.counting() <= 1 || self.size <= 1 {
            let pool = &*self.shared.name;
            tracing::warn!(target: "server", pool, "the last worker stays");
            return;
        }
        self.size -= 1;
        self.balance();
    }
}
