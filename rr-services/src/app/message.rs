//! The messages of `applogger.v1`, as the published PHP package sends and reads them.

use serde_json::{Map, Value};

/// A record with attributes.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Entry {
    #[prost(string, tag = "1")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Attribute {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// The answer, which says nothing.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Written {}

impl Entry {
    /// As an object; of two of one key the last counts.
    pub(super) fn attributes(&self) -> Value {
        let pairs = self.attributes.iter();
        let object: Map<_, _> = pairs
            .map(|it| (it.key.clone(), it.value.as_str().into()))
            .collect();
        object.into()
    }

    /// `message key:value,key:value`.
    pub(super) fn raw(self) -> String {
        let pairs = self.attributes.iter();
        let pairs: Vec<_> = pairs.map(|it| format!("{}:{}", it.key, it.value)).collect();
        match pairs.is_empty() {
            true => self.message,
            false => format!("{} {}", self.message, pairs.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_entries() {
        check(&[], "hello");
        check(&[("k", "v")], "hello k:v");
        check(&[("k", "v"), ("n", "1")], "hello k:v,n:1");
    }

    fn check(attributes: &[(&str, &str)], raw: &str) {
        let pair = |(key, value): &(&str, &str)| Attribute {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let entry = Entry {
            message: "hello".to_owned(),
            attributes: attributes.iter().map(pair).collect(),
        };
        assert_eq!(entry.raw(), raw);
    }
}
