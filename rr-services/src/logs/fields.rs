//! The message and the fields of a record.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
    Event,
    field::{Field, Visit},
};

/// A field of this name holds an object as JSON; its members are fields of the record. For names that
/// are not known where the record is made.
const ATTRIBUTES: &str = "attributes.json";

/// What a record has before its fields: an attribute of such a name gets a `_` behind it.
const COLUMNS: [&str; 4] = ["level", "ts", "logger", "msg"];

/// A record taken apart; fields keep their order.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) message: String,
    pub(super) rest: Map<String, Value>,
    /// A field `logger`: its name, where that is known at run time only.
    pub(super) logger: Option<String>,
    /// Which of the fields are moments, in nanoseconds since 1970: written as the time of the
    /// record itself is.
    pub(super) moments: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut fields = Self::default();
        event.record(&mut fields);
        fields
    }

    /// Takes the members out of an object; `false` where it is none.
    fn spread(&mut self, json: &str) -> bool {
        let Ok(attributes) = serde_json::from_str::<Map<_, _>>(json) else {
            return false;
        };
        for (mut name, value) in attributes {
            if COLUMNS.contains(&&*name) {
                name.push('_');
            }
            self.rest.insert(name, value);
        }
        true
    }

    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.rest.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.put(field, format!("{value:?}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.to_owned(),
            "logger" => self.logger = Some(value.to_owned()),
            ATTRIBUTES if self.spread(value) => {}
            _ => self.put(field, value),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, i64::try_from(value).map_or(Value::Null, Value::from));
        self.moments.push(field.name());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value.to_string());
    }
}
