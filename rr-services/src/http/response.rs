//! A worker's answer as an HTTP response.

use std::{borrow::Cow, fmt};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use prost::Message as _;
use rr_core::{
    BoxError,
    goridge::Codec,
    pool::{Answer, ExecError, Payload, Stream},
};
use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{context::proto, uploads::TemporaryFiles};

/// Why an answer is no response: a mistake of the application.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadAnswer {
    #[error("unknown status code from worker: {0}")]
    Status(i64),
    #[error("the head of the answer is not the JSON of a response: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the head of the answer is not the protobuf message of a response: {0}")]
    Proto(#[from] prost::DecodeError),
    #[error("the head of the answer is encoded as {0:?}, JSON or protobuf is expected")]
    Codec(Codec),
    #[error(transparent)]
    Exec(#[from] ExecError),
}

/// Makes a response of an answer. A streamed one is passed on as it comes; the files
/// are kept until it is complete.
pub(super) async fn response(answer: Answer, files: TemporaryFiles) -> Result<Response, BadAnswer> {
    let Answer {
        mut payload,
        mut rest,
        pid: _,
    } = answer;
    let mut early = HeaderMap::new();
    loop {
        let head = head(&payload)?;
        let Some(stream) = rest.as_mut().filter(|_| head.status.is_informational()) else {
            return Ok(finish(head, early, payload.body, rest, files));
        };
        // An interim response cannot be sent yet; its headers go out with the final one.
        early.extend(head.headers);
        match stream.next().await? {
            Some(next) => payload = next,
            None => return Err(BadAnswer::Status(head.status.as_u16().into())),
        }
    }
}

fn finish(
    head: Head,
    mut early: HeaderMap,
    body: Bytes,
    rest: Option<Stream>,
    files: TemporaryFiles,
) -> Response {
    let body = match rest {
        None => Body::from(body),
        Some(rest) => Body::from_stream(stream::unfold(Some((Some(body), rest, files)), next_part)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    for name in head.headers.keys() {
        early.remove(name);
    }
    *response.headers_mut() = head.headers;
    response.headers_mut().extend(early);
    response
}

type Parts = Option<(Option<Bytes>, Stream, TemporaryFiles)>;

/// An error ends the connection: what the client has is not whole.
async fn next_part(parts: Parts) -> Option<(Result<Bytes, BoxError>, Parts)> {
    let (first, mut rest, files) = parts?;
    if let Some(first) = first.filter(|it| !it.is_empty()) {
        return Some((Ok(first), Some((None, rest, files))));
    }
    loop {
        match rest.next().await {
            Ok(Some(part)) if part.body.is_empty() => {}
            Ok(Some(part)) => return Some((Ok(part.body), Some((None, rest, files)))),
            Ok(None) => return None,
            Err(error) => {
                tracing::error!(target: "http", %error, "a streamed response broke off");
                return Some((Err(error.into()), None));
            }
        }
    }
}

/// Status and headers.
#[derive(Debug)]
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

/// Answers are read by their own flag; none means JSON, which old packages write.
fn head(payload: &Payload) -> Result<Head, BadAnswer> {
    if payload.context.is_empty() {
        return Ok(Head {
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
                for value in &values.value {
                    append(&mut headers, name, value);
                }
            }
            (head.status, headers)
        }
        Some(codec) => return Err(BadAnswer::Codec(codec)),
    };
    let valid = u16::try_from(status).ok().filter(|it| *it < 600);
    let status = valid
        .and_then(|it| StatusCode::from_u16(it).ok())
        .ok_or(BadAnswer::Status(status))?;
    Ok(Head { status, headers })
}

/// A name that is none is dropped; a line break in a value becomes a space, as it would
/// begin a header of its own.
fn append(headers: &mut HeaderMap, name: &str, value: &[u8]) {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        tracing::warn!(target: "http", "`{}` is no header name: dropped", name.escape_debug());
        return;
    };
    // How long the body is, is known here; how it travels is not the application's business.
    if name == header::TRANSFER_ENCODING || name == header::CONNECTION {
        return;
    }
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
                    let Values(values) = all.next_value()?;
                    for Text(value) in values {
                        append(&mut headers, &name, value.as_bytes());
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

struct Values<'a>(Vec<Text<'a>>);

impl<'de> Deserialize<'de> for Values<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Vec<Text<'de>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of header values")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(vec![Text(text.into())])
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(vec![Text(text.to_owned().into())])
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::with_capacity(1);
                while let Some(value) = all.next_element()? {
                    values.push(value);
                }
                Ok(values)
            }
        }
        from.deserialize_any(Any).map(Self)
    }
}
