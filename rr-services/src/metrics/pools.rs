//! The worker pools and their queues, as `rr_<service>_…`.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use prometheus::proto::MetricFamily;
use rr_core::pool::{Load, Pool};
use tokio::time::timeout;

use crate::exposition::{count, gauge, of_workers};

/// How long a pool may take to tell its workers: one that is not up yet does not tell.
const PATIENCE: Duration = Duration::from_secs(1);

/// The figures of all pools; those of one service as if they were one pool.
pub(super) async fn gather(pools: Vec<Pool>) -> Vec<MetricFamily> {
    let mut services = BTreeMap::<String, Vec<Pool>>::new();
    for pool in pools {
        services
            .entry(namespace(pool.name()))
            .or_default()
            .push(pool);
    }
    let told = services.into_iter().map(|(namespace, pools)| async move {
        let workers = timeout(PATIENCE, join_all(pools.iter().map(Pool::workers))).await;
        let workers: Vec<_> = workers.into_iter().flatten().flatten().collect();
        let loads: Vec<_> = pools.iter().map(Pool::load).collect();
        let mut families = of_workers(&namespace, &workers);
        families.extend(of_queue(&namespace, &loads));
        families
    });
    join_all(told).await.into_iter().flatten().collect()
}

/// Whatever a service is called, its figures have names that Prometheus can read.
fn namespace(service: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let service: String = service
        .chars()
        .map(|it| if fits(it) { it } else { '_' })
        .collect();
    format!("rr_{service}")
}

fn of_queue(namespace: &str, loads: &[Load]) -> [MetricFamily; 6] {
    let name = |name| format!("{namespace}_{name}");
    let sum = |of: fn(&Load) -> f64| loads.iter().map(of).sum::<f64>();
    let longest = loads.iter().map(|it| it.longest_wait).max();
    [
        gauge(
            name("queue_waiting"),
            "Tasks that wait for a worker.",
            sum(|it| it.waiting as f64),
        ),
        gauge(
            name("queue_longest_wait_seconds"),
            "How long the first of them has been waiting.",
            longest.unwrap_or_default().as_secs_f64(),
        ),
        count(
            name("queue_waited_total"),
            "Tasks that had to wait for a worker.",
            sum(|it| it.waited as f64),
        ),
        count(
            name("queue_wait_seconds_total"),
            "The time that they waited, all together.",
            sum(|it| it.wait_time.as_secs_f64()),
        ),
        count(
            name("no_free_workers_total"),
            "Tasks that got no worker.",
            sum(|it| it.refused as f64),
        ),
        count(
            name("tasks_repeated_total"),
            "Tasks that were given to another worker, theirs being lost.",
            sum(|it| it.repeated as f64),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::namespace;

    #[test]
    fn names() {
        for (service, expected) in [("http", "rr_http"), ("my-jobs.ä", "rr_my_jobs__")] {
            assert_eq!(namespace(service), expected);
        }
    }
}
