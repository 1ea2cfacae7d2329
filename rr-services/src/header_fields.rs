//! Headers that the config names, with the values that it gives them.

use std::{borrow::Cow, fmt};

use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::parsed::Parsed;

/// Headers by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderFields(pub(crate) HeaderMap);

impl<'de> Deserialize<'de> for HeaderFields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = HeaderFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers, each with its value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderFields, A::Error> {
        let mut fields = HeaderMap::new();
        while let Some((Parsed(name), Parsed(value))) =
            map.next_entry::<Parsed<HeaderName>, Parsed<HeaderValue>>()?
        {
            fields.append(name, value);
        }
        Ok(HeaderFields(fields))
    }
}

impl JsonSchema for HeaderFields {
    fn schema_name() -> Cow<'static, str> {
        "HeaderFields".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}
