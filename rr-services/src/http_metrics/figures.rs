//! The metrics of HTTP; names, labels and buckets are those that dashboards for the Go server know.

use std::time::{Duration, Instant};

use http::StatusCode;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry,
    core::Collector,
    proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};
use rr_core::pool::{Pool, WorkerInfo, WorkerState};

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
        let uptime = self.started.elapsed().as_secs();
        families.push(count("uptime_seconds", "Seconds since the start.", uptime));
        if let Some(pool) = pool {
            let refused = pool.load().refused;
            let help = "Requests that got no worker.";
            families.push(count("no_free_workers_total", help, refused));
            families.extend(of_workers(&pool.workers().await));
        }
        families
    }
}

fn of_workers(workers: &[WorkerInfo]) -> Vec<MetricFamily> {
    let in_state = |state| workers.iter().filter(|it| it.state == state).count() as f64;
    let memory: u64 = workers.iter().map(|it| it.memory).sum();
    let pid = |it: &WorkerInfo| ("pid", it.pid.to_string());
    let single = |name, help, value| gauges(name, help, [(vec![], value)]);
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
        families.push(gauges("worker_state", "The state of each worker.", states));
        let memory = workers.iter().map(|it| (vec![pid(it)], it.memory as f64));
        families.push(gauges(
            "worker_memory_bytes",
            "Memory of each worker.",
            memory,
        ));
    }
    families
}

type Labels = Vec<(&'static str, String)>;

fn gauges(name: &str, help: &str, values: impl IntoIterator<Item = (Labels, f64)>) -> MetricFamily {
    let metrics = values.into_iter().map(|(labels, value)| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut metric = Metric::from_gauge(gauge);
        metric.set_label(labels.into_iter().map(label).collect());
        metric
    });
    family(name, help, MetricType::GAUGE, metrics.collect())
}

fn count(name: &str, help: &str, value: u64) -> MetricFamily {
    let mut counter = Counter::default();
    counter.set_value(value as f64);
    let mut metric = Metric::default();
    metric.set_counter(counter);
    family(name, help, MetricType::COUNTER, vec![metric])
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(format!("{NAMESPACE}_{name}"));
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn label((name, value): (&'static str, String)) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value);
    pair
}
