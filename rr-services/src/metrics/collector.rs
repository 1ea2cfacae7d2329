//! One metric of the application: what it is, and what may be done to it.

use std::{collections::BTreeMap, fmt};

use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, core::Collector as _,
    proto::MetricFamily,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::summary::{Objectives, ObjectivesError, SummaryVec};

/// What a metric is, as somebody declares it.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) subsystem: String,
    pub(super) help: String,
    pub(super) labels: Vec<String>,
    pub(super) buckets: Vec<f64>,
    pub(super) objectives: BTreeMap<String, f64>,
}

/// How values are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A number that only grows.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// Values counted by their size.
    Histogram,
    /// Quantiles of the values of the last ten minutes.
    Summary,
}

/// What is done to a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Sub,
    Set,
    Observe,
}

/// A metric with its values.
#[derive(Clone)]
pub(super) struct Collector {
    /// With namespace and subsystem.
    full_name: String,
    labels: usize,
    values: Values,
}

#[derive(Clone)]
enum Values {
    Counter(CounterVec),
    Gauge(GaugeVec),
    Histogram(HistogramVec),
    Summary(SummaryVec),
}

/// Why something cannot be declared.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeclareError {
    /// Another metric has its name once namespace and subsystem stand before it.
    #[error("`{full_name}` is the name of the metric `{of}` already")]
    Taken { full_name: String, of: String },
    #[error("the label `{0}` is Prometheus' own")]
    Reserved(&'static str),
    #[error("a bucket of a histogram is NaN")]
    Bucket,
    #[error(transparent)]
    Objectives(#[from] ObjectivesError),
    #[error("{}", plain(.0))]
    Refused(#[from] prometheus::Error),
}

/// Why something cannot be done to a metric; the beginnings are those of the Go server, which
/// packages search for.
#[derive(Debug, thiserror::Error)]
pub(super) enum PushError {
    #[error("undefined collector {0}")]
    Undefined(String),
    #[error("collector {0} does not support method `{1}`")]
    Unsupported(String, Operation),
    #[error("required labels for collector {0}")]
    NoLabels(String),
    #[error(
        "inconsistent label cardinality for collector {name}: expected {expected} label values but got {got}"
    )]
    Labels {
        name: String,
        expected: usize,
        got: usize,
    },
    #[error("counter {0} cannot decrease in value")]
    Decrease(String),
    #[error("{1} is no value for collector {0}")]
    NotFinite(String, f64),
    #[error("{}", plain(.0))]
    Refused(#[from] prometheus::Error),
}

/// Without the word that the library puts in front.
fn plain(error: &prometheus::Error) -> String {
    match error {
        prometheus::Error::Msg(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Kind {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Collector {
    pub(super) fn new(name: &str, it: &Definition) -> Result<Self, DeclareError> {
        // A metric without help is a complaint of every linter.
        let help = match it.help.trim() {
            "" => format!("A {} of the application.", it.kind.text()),
            help => help.to_owned(),
        };
        let opts = Opts::new(name, help)
            .namespace(&it.namespace)
            .subsystem(&it.subsystem);
        let labels: Vec<_> = it.labels.iter().map(String::as_str).collect();
        let reserved = match it.kind {
            Kind::Histogram => Some("le"),
            Kind::Summary => Some("quantile"),
            Kind::Counter | Kind::Gauge => None,
        };
        if let Some(name) = reserved.filter(|it| labels.contains(it)) {
            return Err(DeclareError::Reserved(name));
        }
        if it.buckets.iter().any(|it| it.is_nan()) {
            return Err(DeclareError::Bucket);
        }
        let full_name = opts.fq_name();
        let values = match it.kind {
            Kind::Counter => Values::Counter(CounterVec::new(opts, &labels)?),
            Kind::Gauge => Values::Gauge(GaugeVec::new(opts, &labels)?),
            Kind::Histogram => {
                let mut opts = HistogramOpts::from(opts);
                if !it.buckets.is_empty() {
                    opts.buckets.clone_from(&it.buckets);
                }
                Values::Histogram(HistogramVec::new(opts, &labels)?)
            }
            Kind::Summary => {
                let objectives = Objectives::new(&it.objectives)?;
                Values::Summary(SummaryVec::new(&opts, &labels, objectives)?)
            }
        };
        let collector = Self {
            full_name,
            labels: labels.len(),
            values,
        };
        if labels.is_empty() {
            collector.show()?;
        }
        Ok(collector)
    }

    pub(super) fn full_name(&self) -> &str {
        &self.full_name
    }

    /// Carries out `operation`. A metric without labels takes no notice of those that are given.
    pub(super) fn push(
        &self,
        name: &str,
        operation: Operation,
        value: f64,
        labels: &[String],
    ) -> Result<(), PushError> {
        self.supports(name, operation)?;
        let labels = match self.labels {
            0 => &[],
            _ if labels.is_empty() => return Err(PushError::NoLabels(name.to_owned())),
            expected if labels.len() != expected => {
                return Err(PushError::Labels {
                    name: name.to_owned(),
                    expected,
                    got: labels.len(),
                });
            }
            _ => labels,
        };
        match &self.values {
            Values::Counter(_) if value < 0.0 => return Err(PushError::Decrease(name.to_owned())),
            // A gauge may be anything; whatever adds up would be lost.
            Values::Gauge(_) => {}
            _ if !value.is_finite() => return Err(PushError::NotFinite(name.to_owned(), value)),
            _ => {}
        }
        match (&self.values, operation) {
            (Values::Counter(it), _) => it.get_metric_with_label_values(labels)?.inc_by(value),
            (Values::Gauge(it), operation) => {
                let gauge = it.get_metric_with_label_values(labels)?;
                match operation {
                    Operation::Sub => gauge.sub(value),
                    Operation::Set => gauge.set(value),
                    Operation::Add | Operation::Observe => gauge.add(value),
                }
            }
            (Values::Histogram(it), _) => it.get_metric_with_label_values(labels)?.observe(value),
            (Values::Summary(it), _) => it.observe(labels, value),
        }
        Ok(())
    }

    /// Its values as they are now; none where no labels were ever given.
    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        match &self.values {
            Values::Counter(it) => it.collect(),
            Values::Gauge(it) => it.collect(),
            Values::Histogram(it) => it.collect(),
            Values::Summary(it) => vec![it.collect()],
        }
    }

    fn supports(&self, name: &str, operation: Operation) -> Result<(), PushError> {
        let supported = match self.values {
            Values::Counter(_) => operation == Operation::Add,
            Values::Gauge(_) => operation != Operation::Observe,
            Values::Histogram(_) | Values::Summary(_) => operation == Operation::Observe,
        };
        match supported {
            true => Ok(()),
            false => Err(PushError::Unsupported(name.to_owned(), operation)),
        }
    }

    /// What has no labels is there from the beginning, with a value of 0.
    fn show(&self) -> Result<(), prometheus::Error> {
        let none: [&str; 0] = [];
        match &self.values {
            Values::Counter(it) => it.get_metric_with_label_values(&none).map(drop),
            Values::Gauge(it) => it.get_metric_with_label_values(&none).map(drop),
            Values::Histogram(it) => it.get_metric_with_label_values(&none).map(drop),
            Values::Summary(it) => {
                it.show();
                Ok(())
            }
        }
    }
}
