//! An HTTP request as a task for a worker.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Version, header, request::Parts};
use http_body::Body as _;
use http_body_util::{BodyDataStream, BodyExt as _, LengthLimitError, Limited};
use rr_core::{goridge::Codec, pool::Payload};
use serde::Serialize;
use tower_http::timeout::{TimeoutBody, TimeoutError};

use super::{
    config::ContextCodec,
    context::Context,
    form::{self, Conflict, Tree},
    target::{BadTarget, absolute_uri},
    uploads::{self, BadForm, TemporaryFiles, Upload, UploadRules},
};

/// How long a client may send nothing in the midst of a body: as long as for a head, since
/// what a dead client has sent so far takes memory and files.
const GAP: Duration = Duration::from_secs(60);

/// What shapes the tasks of one server.
#[derive(Debug)]
pub(super) struct RequestRules {
    pub(super) codec: ContextCodec,
    pub(super) raw_body: bool,
    /// The longest body, in bytes.
    pub(super) max_size: usize,
    pub(super) uploads: UploadRules,
}

/// A task, and the files that live until its answer is complete.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) payload: Payload,
    pub(super) files: TemporaryFiles,
}

/// Why a request does not reach a worker: a mistake of the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadRequest {
    #[error(transparent)]
    Target(#[from] BadTarget),
    #[error("the request body is longer than the {0} bytes that are allowed")]
    TooLarge(usize),
    #[error("nothing more of the request body came for {} seconds", GAP.as_secs())]
    Stalled,
    #[error("the request body did not arrive: {0}")]
    Body(Box<dyn Error + Send + Sync>),
    #[error(transparent)]
    Form(#[from] Conflict),
    #[error(transparent)]
    Multipart(#[from] BadForm),
}

impl BadRequest {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::Target(BadTarget::Connect) => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What our own limits on a body have to say, however deep it is wrapped.
    fn of_body(error: &(dyn Error + 'static), max: usize) -> Option<Self> {
        if error.is::<LengthLimitError>() {
            return Some(Self::TooLarge(max));
        }
        if error.is::<TimeoutError>() {
            return Some(Self::Stalled);
        }
        error.source().and_then(|it| Self::of_body(it, max))
    }
}

impl Task {
    /// Reads the whole body first: a slow client never holds a worker.
    pub(super) async fn read(request: Request, rules: &RequestRules) -> Result<Self, BadRequest> {
        let (mut parts, body) = request.into_parts();
        join_cookies(&mut parts.headers);
        let uri = absolute_uri(&parts)?;
        let content = Content::read(&parts, body, rules).await?;
        let context = Context {
            remote: remote(&parts),
            protocol: protocol(parts.version),
            method: parts.method.as_str(),
            uri: &uri,
            headers: &parts.headers,
            query: parts.uri.query().unwrap_or_default(),
            parsed: content.parsed,
            uploads: content.uploads.as_deref(),
            attributes: parts.extensions.get(),
        };
        let (codec, context) = match rules.codec {
            ContextCodec::Json => (Codec::Json, context.to_json()),
            ContextCodec::Protobuf => (Codec::Proto, context.to_proto()),
        };
        // Escapes in a form's tree may make more of it than was sent.
        if context.len() as u64 + content.body.len() as u64 > u64::from(u32::MAX) {
            return Err(BadRequest::TooLarge(rules.max_size));
        }
        Ok(Self {
            payload: Payload {
                codec: Some(codec),
                context,
                body: content.body,
            },
            files: content.files,
        })
    }
}

/// A body as PHP gets it.
#[derive(Default)]
struct Content {
    body: Bytes,
    /// The body is a JSON tree of form fields.
    parsed: bool,
    /// A JSON tree of uploads.
    uploads: Option<String>,
    files: TemporaryFiles,
}

/// What the content type says of a body.
enum Form<'a> {
    None,
    Urlencoded,
    /// With the whole header, the boundary being in it.
    Multipart(&'a str),
}

impl<'a> Form<'a> {
    fn of(parts: &'a Parts) -> Self {
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let Some(kind) = kind.and_then(|it| it.to_str().ok()) else {
            return Self::None;
        };
        let contains = |what: &str| {
            let mut windows = kind.as_bytes().windows(what.len());
            windows.any(|it| it.eq_ignore_ascii_case(what.as_bytes()))
        };
        if contains("application/x-www-form-urlencoded") {
            Self::Urlencoded
        } else if contains("multipart/form-data") {
            Self::Multipart(kind)
        } else {
            Self::None
        }
    }
}

impl Content {
    async fn read(parts: &Parts, body: Body, rules: &RequestRules) -> Result<Self, BadRequest> {
        let max = rules.max_size;
        if body.size_hint().lower() > max as u64 {
            return Err(BadRequest::TooLarge(max));
        }
        let body = TimeoutBody::new(GAP, Limited::new(body, max));
        match Form::of(parts) {
            Form::Urlencoded if !rules.raw_body => {
                let tree = form::urlencoded(&whole(body, max).await?)?;
                Ok(Self {
                    body: json(&tree).into(),
                    parsed: true,
                    ..Self::default()
                })
            }
            Form::Multipart(kind) if !rules.raw_body => {
                let boundary = multer::parse_boundary(kind).map_err(BadForm::from)?;
                let form = uploads::read(BodyDataStream::new(body), boundary, &rules.uploads)
                    .await
                    .map_err(|error| {
                        BadRequest::of_body(&error, max)
                            .unwrap_or_else(|| BadRequest::Multipart(error))
                    })?;
                Ok(Self {
                    body: json(&Tree::<String>::from_fields(form.fields)?).into(),
                    parsed: true,
                    uploads: Some(json(&Tree::<Upload>::from_fields(form.uploads)?)),
                    files: form.files,
                })
            }
            _ => Ok(Self {
                body: whole(body, max).await?,
                ..Self::default()
            }),
        }
    }
}

async fn whole(body: TimeoutBody<Limited<Body>>, max: usize) -> Result<Bytes, BadRequest> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match body.collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => {
            Err(BadRequest::of_body(&*error, max).unwrap_or_else(|| BadRequest::Body(error)))
        }
    }
}

fn json(tree: &impl Serialize) -> String {
    serde_json::to_string(tree).expect("trees of strings are JSON")
}

/// Clients of HTTP/2 send cookies in crumbs, which outside of it are one header (RFC 9113,
/// section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs = headers.get_all(header::COOKIE).iter();
    let crumbs: Vec<&[u8]> = crumbs.map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    if let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, whole);
    }
}

fn remote(parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt as _, stream};

    use super::*;

    /// Bodies that begin and never go on.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_given_up() {
        let rules = RequestRules {
            codec: ContextCodec::Json,
            raw_body: false,
            max_size: 1000,
            uploads: UploadRules::new(Default::default(), None),
        };
        for (kind, start) in [
            ("text/plain", "abc"),
            ("application/x-www-form-urlencoded", "a="),
            ("multipart/form-data; boundary=x", "--x\r\n"),
        ] {
            let parts = stream::once(async move { Ok::<_, Infallible>(start) });
            let body = Body::from_stream(parts.chain(stream::pending()));
            let request = Request::post("/").header(header::HOST, "a");
            let request = request.header(header::CONTENT_TYPE, kind).body(body);
            let error = Task::read(request.unwrap(), &rules).await.unwrap_err();
            assert_eq!(error.status(), StatusCode::REQUEST_TIMEOUT, "{error}");
        }
    }
}
