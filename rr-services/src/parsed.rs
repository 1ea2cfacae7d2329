//! Texts of the config that mean something: what cannot be read is told with its place.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A type that a text of the config may mean.
pub(crate) trait Meaning: Sized {
    /// The name of its schema.
    const NAME: &'static str;

    /// Reads the text.
    ///
    /// # Errors
    /// With what is wrong with it, in words that read behind the text: "is no header name".
    fn read(text: &str) -> Result<Self, String>;
}

/// A text that was read as a `T`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<'de, T: Meaning> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(from)?;
        let read = T::read(&text).map_err(|why| D::Error::custom(format!("`{text}` {why}")))?;
        Ok(Self(read))
    }
}

impl<T: Meaning> JsonSchema for Parsed<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Meaning for HeaderName {
    const NAME: &'static str = "HeaderName";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is no name of a header".into())
    }
}

impl Meaning for HeaderValue {
    const NAME: &'static str = "HeaderValue";

    fn read(text: &str) -> Result<Self, String> {
        // As it was written: Go sends UTF-8 as well.
        Self::from_bytes(text.as_bytes())
            .map_err(|_| "cannot be sent in a header: it holds a line break or the like".into())
    }
}

impl Meaning for http::Method {
    const NAME: &'static str = "Method";

    fn read(text: &str) -> Result<Self, String> {
        let method = text.to_ascii_uppercase().parse();
        method.map_err(|_| "is no method".into())
    }
}
