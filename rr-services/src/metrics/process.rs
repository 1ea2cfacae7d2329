//! The server's own process, under the names that every Prometheus client has for it.

use prometheus::proto::MetricFamily;
use sysinfo::{Process, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::exposition::{count, gauge};

/// Its figures, as far as the system tells them.
pub(super) fn gather() -> Vec<MetricFamily> {
    let Some((mut system, pid)) = System::new().ok().zip(get_current_pid().ok()) else {
        return Vec::new();
    };
    let what = ProcessRefreshKind::nothing().with_memory().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
    system.process(pid).map(families).unwrap_or_default()
}

fn families(process: &Process) -> Vec<MetricFamily> {
    let name = |name| format!("process_{name}");
    let mut families = vec![
        count(
            name("cpu_seconds_total"),
            "CPU time of the server, without its workers.",
            process.accumulated_cpu_time() as f64 / 1e3,
        ),
        gauge(
            name("resident_memory_bytes"),
            "Memory of the server, without its workers.",
            process.memory() as f64,
        ),
        gauge(
            name("virtual_memory_bytes"),
            "Address space of the server.",
            process.virtual_memory() as f64,
        ),
        gauge(
            name("start_time_seconds"),
            "Unix time at which the server started.",
            process.start_time() as f64,
        ),
    ];
    let files = [
        (
            "open_fds",
            "Files and sockets that are open.",
            process.open_files(),
        ),
        (
            "max_fds",
            "Files and sockets that may be open.",
            process.open_files_limit(),
        ),
    ];
    for (short, help, value) in files {
        families.extend(value.map(|it| gauge(name(short), help, it as f64)));
    }
    families
}
