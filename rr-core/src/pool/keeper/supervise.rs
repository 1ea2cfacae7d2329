//! Looks at all workers from time to time and replaces those that have passed a limit.

use std::time::Duration;

use tokio::time::Instant;

use super::{Actor, info};

/// The shortest time between two looks: each asks the system about every worker.
const SHORTEST: Duration = Duration::from_millis(1);

impl Actor {
    /// When to look next; never, where nothing is limited.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let limits = &self.shared.options.limits;
        limits
            .are_set()
            .then(|| Instant::now() + limits.tick.max(SHORTEST))
    }

    /// Idle workers that have passed a limit go at once, busy ones after their task.
    pub(super) fn look(&mut self) {
        let records = self.members.values().map(|it| &*it.record);
        let infos = info::describe(records);
        let limits = &self.shared.options.limits;
        let due: Vec<u64> = self
            .members
            .iter()
            .zip(infos)
            .filter(|((_, member), _)| !member.leaving && !member.record.is_outdated())
            .filter_map(|((id, member), info)| {
                let why = limits.passed(&member.record, &info)?;
                let pid = member.record.pid;
                tracing::info!(target: "server", pool = self.shared.name, pid, "a worker is replaced: {why}");
                Some(*id)
            })
            .collect();
        for id in due {
            self.outdate(id);
        }
    }
}
