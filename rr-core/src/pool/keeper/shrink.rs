//! Workers that go: taken away, too many, or outdated; idle ones at once, busy ones after their task.

use super::{Actor, Member};

impl Actor {
    pub(super) fn remove_one(&mut self) {
        let present = self.members.values().filter(|it| !it.leaving).count();
        if present <= 1 || self.size <= 1 {
            tracing::warn!(target: "server", pool = self.shared.name, "the last worker stays");
            return;
        }
        self.size -= 1;
        self.let_one_go();
    }

    pub(super) fn let_one_go(&mut self) {
        match self.shared.idle.remove(|_| true) {
            Some(worker) => self.retire(worker),
            None => self.outdate_one(|_| true),
        }
    }

    /// Lets those go that are too many, a reset having met an addition or a removal.
    pub(super) fn trim(&mut self) {
        if self.reset.is_some() {
            return;
        }
        let staying = self.members.values();
        let staying = staying.filter(|it| !it.leaving && !it.record.is_outdated());
        for _ in self.size..staying.count() {
            self.let_one_go();
        }
    }

    /// Marks one busy member, to be stopped when it comes back.
    pub(super) fn outdate_one(&mut self, which: impl Fn(&Member) -> bool) {
        let found = self
            .members
            .iter()
            .find(|(_, it)| !it.leaving && !it.record.is_outdated() && which(it));
        if let Some((&id, _)) = found {
            self.outdate(id);
        }
    }

    /// From now on a member gets no further task: it is stopped, at once or when it comes back.
    pub(super) fn outdate(&mut self, id: u64) {
        if let Some(member) = self.members.get(&id) {
            member.record.outdate();
        }
        // Marked first, so that it cannot come back unnoticed between the two.
        if let Some(worker) = self.shared.idle.remove(|it| it.id == id) {
            self.retire(worker);
        }
    }
}
