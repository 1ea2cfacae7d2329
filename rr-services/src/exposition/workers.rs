//! The workers of a service, under the names that dashboards for the Go server know.

use prometheus::proto::MetricFamily;
use rr_core::pool::{WorkerInfo, WorkerState};

use super::{gauge, gauges};

/// The families of all workers and of each; their names begin with `namespace`.
pub(crate) fn of_workers(namespace: &str, workers: &[WorkerInfo]) -> Vec<MetricFamily> {
    let in_state = |state| workers.iter().filter(|it| it.state == state).count() as f64;
    let memory: u64 = workers.iter().map(|it| it.memory).sum();
    let pid = |it: &WorkerInfo| ("pid", it.pid.to_string());
    let name = |name| format!("{namespace}_{name}");
    let single = |short, help, value| gauge(name(short), help, value);
    let mut families = vec![
        single("total_workers", "Workers.", workers.len() as f64),
        single(
            "workers_memory_bytes",
            "Memory of all workers.",
            memory as f64,
        ),
        single(
            "workers_ready",
            "Workers without a request.",
            in_state(WorkerState::Ready),
        ),
        single(
            "workers_working",
            "Workers with a request.",
            in_state(WorkerState::Working),
        ),
        single(
            "workers_invalid",
            "Workers on their way out.",
            in_state(WorkerState::Invalid),
        ),
    ];
    if !workers.is_empty() {
        let states = workers
            .iter()
            .map(|it| (vec![pid(it), ("state", it.state.text().to_owned())], 0.0));
        families.push(gauges(
            name("worker_state"),
            "The state of each worker.",
            states,
        ));
        let memory = workers.iter().map(|it| (vec![pid(it)], it.memory as f64));
        families.push(gauges(
            name("worker_memory_bytes"),
            "Memory of each worker.",
            memory,
        ));
    }
    families
}
