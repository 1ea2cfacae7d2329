//! What services say to Prometheus: sources of metrics, and families made of figures kept elsewhere.

mod family;
mod source;
mod workers;

pub(crate) use family::{count, gauge, gauges};
pub use source::MetricSource;
pub(crate) use workers::of_workers;
