//! The head of a worker's answer: status and headers, in JSON or protobuf.

use std::{borrow::Cow, fmt};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use prost::Message as _;
use rr_core::{goridge::Codec, pool::Payload};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::context::proto;

/// Why an answer has no head: a mistake of the application.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadHead {
    #[error("unknown status code from worker: {0}")]
    Status(i64),
    #[error("the head of the answer is not the JSON of a response: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the head of the answer is not the protobuf message of a response: {0}")]
    Proto(#[from] prost::DecodeError),
    #[error("the head of the answer is encoded as {0:?}, JSON or protobuf is expected")]
    Codec(Codec),
}

/// Status and headers.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

impl Head {
    /// Answers are read by their own flag; none means JSON, which old packages write.
    pub(super) fn read(payload: &Payload) -> Result<Self, BadHead> {
        if payload.context.is_empty() {
            return Ok(Self {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
            });
        }
        let (status, headers) = match payload.codec {
            None | Some(Codec::Json) => {
                let JsonHead { status, headers } = serde_json::from_slice(&payload.context)?;
                (status, headers.0)
            }
            Some(Codec::Proto) => {
                let head = proto::Response::decode(&*payload.context)?;
                let mut headers = HeaderMap::with_capacity(head.headers.len());
                for (name, values) in &head.headers {
                    let Some(name) = name_of(name) else { continue };
                    for value in &values.value {
                        append(&mut headers, &name, value);
                    }
                }
                (head.status, headers)
            }
            Some(codec) => return Err(BadHead::Codec(codec)),
        };
        let valid = u16::try_from(status).ok().filter(|it| *it < 600);
        let status = valid
            .and_then(|it| StatusCode::from_u16(it).ok())
            .ok_or(BadHead::Status(status))?;
        Ok(Self { status, headers })
    }
}

/// `None` for what is no name, which is dropped, and for what is not the application's business.
fn name_of(name: &str) -> Option<HeaderName> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        tracing::warn!(target: "http", "`{}` is no header name: dropped", name.escape_debug());
        return None;
    };
    (!is_of_the_connection(&name)).then_some(name)
}

/// A line break in a value becomes a space, as it would begin a header of its own.
fn append(headers: &mut HeaderMap, name: &HeaderName, value: &[u8]) {
    let value = HeaderValue::from_bytes(value).or_else(|_| {
        let clean = |byte: &u8| if byte.is_ascii_control() { b' ' } else { *byte };
        HeaderValue::from_bytes(&value.iter().map(clean).collect::<Vec<_>>())
    });
    match value {
        Ok(value) => {
            headers.append(name, value);
        }
        Err(error) => tracing::warn!(target: "http", %error, "the value of `{name}` is dropped"),
    }
}

/// How a response travels is not the application's business; HTTP/2 forbids to say it
/// (RFC 9113, section 8.2.2), and pushes are no more.
fn is_of_the_connection(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION | header::TE | header::TRANSFER_ENCODING | header::UPGRADE
    ) || matches!(
        name.as_str(),
        "keep-alive" | "proxy-connection" | "http2-push"
    )
}

#[derive(Deserialize)]
struct JsonHead {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: JsonHeaders,
}

/// `{"X-A":["1","2"]}`; PHP writes an empty map as `[]`, and some write `null` or a bare string.
#[derive(Default)]
struct JsonHeaders(HeaderMap);

impl<'de> Deserialize<'de> for JsonHeaders {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Headers;
        impl<'de> Visitor<'de> for Headers {
            type Value = HeaderMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of header names to lists of values")
            }
            fn visit_unit<E>(self) -> Result<HeaderMap, E> {
                Ok(HeaderMap::new())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<HeaderMap, A::Error> {
                while all.next_element::<IgnoredAny>()?.is_some() {}
                Ok(HeaderMap::new())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<HeaderMap, A::Error> {
                let mut headers = HeaderMap::with_capacity(all.size_hint().unwrap_or(8));
                while let Some(Text(name)) = all.next_key()? {
                    match name_of(&name) {
                        Some(name) => all.next_value_seed(Values(&mut headers, name))?,
                        None => drop(all.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(headers)
            }
        }
        from.deserialize_any(Headers).map(Self)
    }
}

/// Text that is borrowed from the answer where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Where the values of one name go.
struct Values<'a>(&'a mut HeaderMap, HeaderName);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of header values")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        append(self.0, &self.1, text.as_bytes());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        while let Some(Text(value)) = all.next_element()? {
            append(self.0, &self.1, value.as_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
