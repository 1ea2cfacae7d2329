//! Looks at all workers from time to time for those that have passed a limit.

use std::time::Duration;

use tokio::time::Instant;

use super::{Actor, info};

/// The shortest time between two looks: each asks the system about every worker.
const SHORTEST: Duration = Duration::from_millis(1);

impl Actor {
    /// When to look next; never, where nothing is limited.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let limits = self.shared.options().limits;
        limits
            .are_set()
            .then(|| Instant::now() + limits.tick.max(SHORTEST))
    }

    /// Workers that have passed a limit go once others are up: idle ones at once then, busy ones
    /// after their task.
    pub(super) fn look(&mut self) {
        let records = self.members.values().map(|it| &*it.record);
        let infos = info::describe(records);
        let limits = self.shared.options().limits;
        let passed: Vec<_> = self
            .members
            .iter()
            .zip(infos)
            .filter_map(|((id, it), info)| Some((*id, limits.passed(&it.record, &info)?)))
            .collect();
        for (id, why) in passed {
            self.due(id, why);
        }
        self.balance();
    }
}
