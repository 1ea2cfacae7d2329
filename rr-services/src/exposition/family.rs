//! Families of metrics whose values are kept elsewhere.

use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

/// Names of labels and their values.
pub(crate) type Labels = Vec<(&'static str, String)>;

/// A number that rises and falls, by labels.
pub(crate) fn gauges(
    name: String,
    help: &str,
    values: impl IntoIterator<Item = (Labels, f64)>,
) -> MetricFamily {
    let metrics = values.into_iter().map(|(labels, value)| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut metric = Metric::from_gauge(gauge);
        metric.set_label(labels.into_iter().map(label).collect());
        metric
    });
    family(name, help, MetricType::GAUGE, metrics.collect())
}

/// A number that rises and falls.
pub(crate) fn gauge(name: String, help: &str, value: f64) -> MetricFamily {
    gauges(name, help, [(vec![], value)])
}

/// A number that only grows.
pub(crate) fn count(name: String, help: &str, value: f64) -> MetricFamily {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut metric = Metric::default();
    metric.set_counter(counter);
    family(name, help, MetricType::COUNTER, vec![metric])
}

fn family(name: String, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name);
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
