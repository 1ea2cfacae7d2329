//! A worker's answer as an HTTP response.

mod backlog;
mod carry;
mod framing;

use std::time::Instant;

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Method, StatusCode, Uri, Version, header};
use http_body::Frame;
use http_body_util::StreamBody;
use rr_core::{
    BoxError,
    pool::{Answer, ExecError, Stream},
};

use super::{
    Served,
    head::{BadHead, Head},
    interim::Hints,
    spool::SpoolRules,
};

/// Why an answer is no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadAnswer {
    #[error(transparent)]
    Head(#[from] BadHead),
    #[error(transparent)]
    Exec(#[from] ExecError),
}

/// What a response depends on of its request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: Uri,
    hints: Option<Hints>,
}

/// When a worker was asked for, and when it had answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) asked: Instant,
    pub(super) answered: Instant,
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        let hints = request.extensions().get::<Hints>().cloned();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            // Those of HTTP/1.0 do not know what an interim response is.
            hints: hints.filter(|_| request.version() == Version::HTTP_11),
        }
    }
}

/// Makes a response of an answer. A streamed one is passed on as it comes, a large one waits
/// for its client without its worker.
pub(super) async fn response(
    asked: &Asked,
    times: Times,
    answer: Answer,
    rules: &SpoolRules,
) -> Result<Response, BadAnswer> {
    let Answer {
        mut payload,
        mut rest,
        pid,
        queued,
        worked,
        repeats,
    } = answer;
    let mut early = HeaderMap::new();
    let head = loop {
        let head = Head::read(&payload)?;
        if !head.status.is_informational() {
            break head;
        }
        let next = match &mut rest {
            Some(rest) => {
                early_head(asked, &head, &mut early);
                rest.next().await?
            }
            None => None,
        };
        let code = head.status.as_u16().into();
        payload = next.ok_or(BadHead::Status(code))?;
    };
    let mut response = finish(&asked.method, head, early, payload.body, rest, rules);
    let served = Served {
        asked: times.asked,
        pid,
        queued,
        began: times.answered.checked_sub(worked).unwrap_or(times.asked),
        worked,
        repeats,
    };
    response.extensions_mut().insert(served);
    Ok(response)
}

/// Sends an interim response where that is possible. Its headers go out with the final one as
/// well, as applications expect who leave them out there.
fn early_head(asked: &Asked, head: &Head, early: &mut HeaderMap) {
    // Whether to continue is the body reader's business, and there is nothing to switch to.
    if matches!(
        head.status,
        StatusCode::CONTINUE | StatusCode::SWITCHING_PROTOCOLS
    ) {
        return;
    }
    if let Some(hints) = &asked.hints {
        hints.send(head.status, &head.headers);
    }
    append(early, head.headers.clone());
}

fn finish(
    method: &Method,
    head: Head,
    mut early: HeaderMap,
    body: Bytes,
    rest: Option<Stream>,
    rules: &SpoolRules,
) -> Response {
    let Head {
        status,
        mut headers,
    } = head;
    for name in headers.keys() {
        early.remove(name);
    }
    append(&mut headers, early);
    let trailers = framing::take_trailers(&mut headers);
    let has_body = framing::has_body(method, status);
    let in_memory = rest.is_none() && trailers.is_none() && body.len() <= rules.memory();
    if has_body && in_memory {
        // It tells its length itself, and so does what middleware may put in its place.
        headers.remove(header::CONTENT_LENGTH);
    } else {
        let whole = rest.is_none().then_some(body.len() as u64);
        framing::fit_length(method, status, &mut headers, whole);
    }
    let body = match (rest, trailers) {
        // A stream is told to stop by its end.
        _ if !has_body => Body::empty(),
        (None, None) if in_memory => Body::from(body),
        (None, None) => Body::from_stream(carry::whole(body, rules)),
        (None, Some(trailers)) => {
            let frames = [Frame::data(body), Frame::trailers(trailers)];
            Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, BoxError>))))
        }
        (Some(rest), trailers) => {
            let parts = stream::unfold(Some((Some(body), rest)), next_part);
            let frames = carry::parts(parts, rules).map(|part| part.map(Frame::data));
            let trailers = trailers.map(|it| Ok(Frame::trailers(it)));
            Body::new(StreamBody::new(frames.chain(stream::iter(trailers))))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn append(headers: &mut HeaderMap, more: HeaderMap) {
    let mut last = None;
    for (name, value) in more {
        last = name.or(last);
        if let Some(name) = &last {
            headers.append(name, value);
        }
    }
}

type Parts = Option<(Option<Bytes>, Stream)>;

/// An error ends the connection: what the client has is not whole.
async fn next_part(parts: Parts) -> Option<(Result<Bytes, BoxError>, Parts)> {
    let (first, mut rest) = parts?;
    if let Some(first) = first.filter(|it| !it.is_empty()) {
        return Some((Ok(first), Some((None, rest))));
    }
    loop {
        match rest.next().await {
            Ok(Some(part)) if part.body.is_empty() => {}
            Ok(Some(part)) => return Some((Ok(part.body), Some((None, rest)))),
            Ok(None) => return None,
            Err(error) => {
                tracing::error!(target: "http", %error, "a streamed response broke off");
                return Some((Err(error.into()), None));
            }
        }
    }
}
