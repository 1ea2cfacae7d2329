//! An HTTP request as a task for a worker: whole before a worker is asked for.

mod content;
mod parts;
mod refusal;
#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::extract::{ConnectInfo, Request};
use http::{HeaderMap, Version, header, request::Parts};
use rr_core::{goridge::Codec, pool::Payload};
use tokio::sync::Semaphore;

use super::{
    body::{BodyRules, Incoming},
    config::ContextCodec,
    context::Context,
    cookies,
    spool::SpoolRules,
    target::absolute_uri,
    uploads::UploadRules,
};
use content::Arrived;

pub(super) use content::Kept;
pub(super) use refusal::{BadRequest, Refusal};

/// What shapes the tasks of one server.
#[derive(Debug)]
pub(super) struct RequestRules {
    pub(super) codec: ContextCodec,
    pub(super) raw_body: bool,
    pub(super) body: BodyRules,
    pub(super) spool: SpoolRules,
    pub(super) uploads: UploadRules,
    pub(super) large: LargeBodies,
}

impl RequestRules {
    /// Tells of folders that cannot be used before a client finds out, and removes what is left
    /// of earlier runs; on a thread that may wait.
    pub(super) fn prepare_folders(&self) {
        if let Err(error) = self.spool.file() {
            tracing::warn!(target: "http", %error, "large messages have no place to wait in, requests of that size will fail\nhelp: check `http.spool.dir`");
        }
        if let Err(error) = self.uploads.sweep() {
            tracing::warn!(target: "http", %error, "the folder for uploads cannot be read, PHP will be told error 6\nhelp: check `http.uploads.dir`");
        }
    }
}

/// How many bodies that waited on disk are in memory at a time: as many as workers can take.
#[derive(Clone, Debug)]
pub(super) struct LargeBodies {
    pub(super) places: Arc<Semaphore>,
    /// How many there are, taken or not.
    pub(super) number: usize,
    /// How long a request waits for a place.
    pub(super) patience: Duration,
}

/// A task, and what lives until its answer is complete.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) payload: Payload,
    pub(super) kept: Kept,
}

impl Task {
    /// Reads the whole body first: a slow client never holds a worker.
    pub(super) async fn read(request: Request, rules: &RequestRules) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let uri = match prepare(&mut parts) {
            Ok(uri) => uri,
            Err(error) => return Err(Refusal::unread(error, &parts, body)),
        };
        let mut body = match Incoming::new(body, &rules.body) {
            Ok(body) => body,
            Err((error, body)) => return Err(Refusal::unread(error.into(), &parts, body)),
        };
        let arrived = match Arrived::read(&parts, &mut body, rules).await {
            Ok(arrived) => arrived,
            Err(error) => return Err(Refusal::midway(error, body)),
        };
        let content = arrived.load(rules).await.map_err(Refusal::whole)?;
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
            return Err(Refusal::whole(BadRequest::Frame));
        }
        Ok(Self {
            payload: Payload {
                codec: Some(codec),
                context,
                body: content.body,
            },
            kept: content.kept,
        })
    }
}

/// What can be said of a request without its body; its URI, if it may go on.
fn prepare(parts: &mut Parts) -> Result<String, BadRequest> {
    if !is_coding_plain(&parts.headers) {
        return Err(BadRequest::Coding);
    }
    if parts.version > Version::HTTP_10 && !is_expectation_met(&parts.headers) {
        return Err(BadRequest::Expectation);
    }
    cookies::join(&mut parts.headers);
    Ok(absolute_uri(parts)?)
}

/// Whether the body is what was sent: in no coding but chunks, which hyper has undone (RFC 9112,
/// section 6.1). A length beside them it has dropped.
fn is_coding_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return true;
    };
    let is_chunked = coding
        .as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(b"chunked");
    is_chunked && codings.next().is_none()
}

/// There is but one expectation (RFC 9110, section 10.1.1), which is met by reading the body.
fn is_expectation_met(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(header::EXPECT).iter();
    all.all(|it| it.as_bytes().eq_ignore_ascii_case(b"100-continue"))
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
