//! What processes take of the machine, as the system tells it.

use std::time::SystemTime;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What one process takes; zeros where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Resident memory in bytes.
    pub memory: u64,
    /// Share of one CPU over its whole life, in percent.
    pub cpu_percent: f64,
}

/// Asks the system about one process that was started at `since`. Reads `/proc` or its like: keep
/// it off the hot path.
#[must_use]
pub fn usage(pid: u32, since: SystemTime) -> Usage {
    usages(std::iter::once((pid, since)))
        .pop()
        .unwrap_or_default()
}

/// The same for several at once, in their order.
pub(crate) fn usages(processes: impl Iterator<Item = (u32, SystemTime)> + Clone) -> Vec<Usage> {
    let pids: Vec<Pid> = processes.clone().map(|it| Pid::from_u32(it.0)).collect();
    let system = System::new().ok().map(|mut system| {
        let what = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), false, what);
        system
    });
    let tell = |(pid, since): (u32, SystemTime)| {
        let process = system
            .as_ref()
            .and_then(|it| it.process(Pid::from_u32(pid)));
        let life = since.elapsed().unwrap_or_default().as_secs_f64();
        let busy = process.map_or(0.0, |it| it.accumulated_cpu_time() as f64 / 1e3);
        Usage {
            memory: process.map_or(0, sysinfo::Process::memory),
            cpu_percent: if life > 0.0 { 100.0 * busy / life } else { 0.0 },
        }
    };
    processes.map(tell).collect()
}
