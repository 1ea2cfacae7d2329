//! The RPC methods: what the application declares, and what it does to it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use rr_core::rpc::{Methods, Plain, RpcError};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::{
    collector::{Definition, Kind, Operation},
    declared::Declared,
};

/// A value for a metric. The capitals are those of RoadRunner 1.
#[derive(Debug, Default, Deserialize)]
struct Value {
    #[serde(alias = "Name")]
    name: String,
    #[serde(alias = "Value", default)]
    value: f64,
    #[serde(alias = "Labels", default, deserialize_with = "or_null")]
    labels: Vec<String>,
}

/// A metric that is declared.
#[derive(Debug, Default, Deserialize)]
struct Declaration {
    name: String,
    #[serde(default)]
    collector: Collector,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Collector {
    #[serde(rename = "type", deserialize_with = "or_null")]
    kind: String,
    #[serde(deserialize_with = "or_null")]
    namespace: String,
    #[serde(deserialize_with = "or_null")]
    subsystem: String,
    #[serde(deserialize_with = "or_null")]
    help: String,
    #[serde(deserialize_with = "or_null")]
    labels: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    buckets: Vec<f64>,
    #[serde(deserialize_with = "or_null")]
    objectives: Objectives,
}

/// A map; PHP writes an empty one as a list.
#[derive(Debug, Default)]
struct Objectives(BTreeMap<String, f64>);

pub(super) fn methods(declared: &Arc<Declared>) -> Methods {
    Methods::new("metrics")
        .method_with("Add", declared, async |all, value| {
            push(&all, Operation::Add, value)
        })
        .method_with("Sub", declared, async |all, value| {
            push(&all, Operation::Sub, value)
        })
        .method_with("Set", declared, async |all, value| {
            push(&all, Operation::Set, value)
        })
        .method_with("Observe", declared, async |all, value| {
            push(&all, Operation::Observe, value)
        })
        .method_with("Declare", declared, declare)
        .method_with("Unregister", declared, unregister)
}

type Done = Result<Plain<bool>, RpcError>;

fn push(declared: &Declared, operation: Operation, Plain(it): Plain<Value>) -> Done {
    declared.push(&it.name, operation, it.value, &it.labels)?;
    Ok(Plain(true))
}

async fn declare(declared: Arc<Declared>, Plain(it): Plain<Declaration>) -> Done {
    let definition = it.collector.definition()?;
    declared.declare(&it.name, &definition)?;
    Ok(Plain(true))
}

async fn unregister(declared: Arc<Declared>, Plain(name): Plain<String>) -> Plain<bool> {
    Plain(declared.unregister(&name))
}

impl Collector {
    fn definition(self) -> Result<Definition, RpcError> {
        let kind = match &*self.kind {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::Histogram,
            "summary" => Kind::Summary,
            unknown => return Err(format!("unknown collector type {unknown}").into()),
        };
        Ok(Definition {
            kind,
            namespace: self.namespace,
            subsystem: self.subsystem,
            help: self.help,
            labels: self.labels,
            buckets: self.buckets,
            objectives: self.objectives.0,
        })
    }
}

/// `null` is what is not set.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

impl<'de> Deserialize<'de> for Objectives {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ObjectivesVisitor)
    }
}

struct ObjectivesVisitor;

impl<'de> Visitor<'de> for ObjectivesVisitor {
    type Value = Objectives;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("quantiles with their errors, such as {\"0.99\": 0.001}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Objectives, A::Error> {
        let mut all = BTreeMap::new();
        while let Some((quantile, error)) = map.next_entry()? {
            all.insert(quantile, error);
        }
        Ok(Objectives(all))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Objectives, A::Error> {
        let mut all = BTreeMap::new();
        while let Some(Objectives(more)) = list.next_element()? {
            all.extend(more);
        }
        Ok(Objectives(all))
    }
}
