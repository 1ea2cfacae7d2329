//! The `metrics` section.

use std::collections::BTreeMap;

use rr_core::config::Address;
use schemars::JsonSchema;
use serde::Deserialize;

use super::collector::{Definition, Kind};

/// Metrics for Prometheus, in its text format, on any path.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct MetricsConfig {
    /// Where to listen: `host:port`, or `unix://path`.
    #[serde(default = "default_address")]
    pub address: Address,
    /// Metrics of the application, by name; what PHP calls `add`, `set` and so on for.
    #[serde(default)]
    pub collect: BTreeMap<String, CollectorConfig>,
}

/// One metric of the application.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct CollectorConfig {
    /// `counter`, `gauge`, `histogram` or `summary`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What stands before the name: `shop` makes `orders` a `shop_orders`.
    #[serde(default)]
    pub namespace: String,
    /// What stands between namespace and name.
    #[serde(default)]
    pub subsystem: String,
    /// What it counts or measures, for people.
    #[serde(default)]
    pub help: String,
    /// Names of labels; each call gives their values.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Upper bounds of a histogram's buckets, rising; from 0.005 to 10 by default.
    #[serde(default)]
    pub buckets: Vec<f64>,
    /// Quantiles of a summary, each with the error allowed: `0.99: 0.001`.
    #[serde(default)]
    pub objectives: BTreeMap<String, f64>,
}

/// Where the Go server listens.
fn default_address() -> Address {
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 2112,
    }
}

impl CollectorConfig {
    /// Keys that are set and are not for this kind.
    pub(super) fn without_effect(&self) -> Vec<&'static str> {
        let buckets = self.kind != Kind::Histogram && !self.buckets.is_empty();
        let objectives = self.kind != Kind::Summary && !self.objectives.is_empty();
        let keys = [("buckets", buckets), ("objectives", objectives)];
        keys.into_iter()
            .filter_map(|(key, idle)| idle.then_some(key))
            .collect()
    }
}

impl From<CollectorConfig> for Definition {
    fn from(it: CollectorConfig) -> Self {
        Self {
            kind: it.kind,
            namespace: it.namespace,
            subsystem: it.subsystem,
            help: it.help,
            labels: it.labels,
            buckets: it.buckets,
            objectives: it.objectives,
        }
    }
}
