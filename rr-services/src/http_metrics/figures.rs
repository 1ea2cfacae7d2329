//! The metrics of HTTP; names, labels and buckets are those that dashboards for the Go server know.

use std::time::{Duration, Instant};

use http::StatusCode;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, core::Collector,
    proto::MetricFamily,
};
use rr_core::pool::Pool;

use crate::exposition::{count, gauge, of_workers};

/// All of them start with it.
const NAMESPACE: &str = "rr_http";

/// In seconds.
const BUCKETS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
];

/// What is counted while requests go by.
pub(super) struct Figures {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    queue: IntGauge,
    started: Instant,
}

impl Figures {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("request_total", "Requests handled since the start.").namespace(NAMESPACE),
            &["status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new("request_duration_seconds", "How long requests took.")
                .namespace(NAMESPACE)
                .buckets(BUCKETS.into()),
            &["status"],
        )?;
        let queue = IntGauge::with_opts(
            Opts::new("requests_queue", "Requests under way.").namespace(NAMESPACE),
        )?;
        let all: [Box<dyn Collector>; 3] = [
            Box::new(requests.clone()),
            Box::new(durations.clone()),
            Box::new(queue.clone()),
        ];
        for it in all {
            registry.register(it)?;
        }
        Ok(Self {
            registry,
            requests,
            durations,
            queue,
            started: Instant::now(),
        })
    }

    pub(super) fn begin(&self) {
        self.queue.inc();
    }

    /// 499 is the status of a request whose client left before there was one; nginx's number.
    pub(super) fn end(&self, status: Option<StatusCode>, took: Duration) {
        let status = status.map_or(499, |it| it.as_u16()).to_string();
        self.queue.dec();
        self.requests.with_label_values(&[&status]).inc();
        let durations = self.durations.with_label_values(&[&status]);
        durations.observe(took.as_secs_f64());
    }

    /// All metrics, with those of the pool as they are now.
    pub(super) async fn gather(&self, pool: Option<&Pool>) -> Vec<MetricFamily> {
        let mut families = self.registry.gather();
        let uptime = self.started.elapsed().as_secs() as f64;
        let name = |name| format!("{NAMESPACE}_{name}");
        let help = "Seconds since the start.";
        families.push(gauge(name("uptime_seconds"), help, uptime));
        if let Some(pool) = pool {
            let refused = pool.load().refused as f64;
            let help = "Requests that got no worker.";
            families.push(count(name("no_free_workers_total"), help, refused));
            families.extend(of_workers(NAMESPACE, &pool.workers().await));
        }
        families
    }
}
