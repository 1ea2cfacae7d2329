//! A worker's answer as an HTTP response.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderName, Method, header};
use http_body::Frame;
use http_body_util::StreamBody;
use rr_core::{
    BoxError,
    pool::{Answer, ExecError, Stream},
};

use super::head::{BadHead, Head};

/// Why an answer is no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadAnswer {
    #[error(transparent)]
    Head(#[from] BadHead),
    #[error(transparent)]
    Exec(#[from] ExecError),
}

/// Makes a response of an answer to `method`. A streamed one is passed on as it comes.
pub(super) async fn response(method: &Method, answer: Answer) -> Result<Response, BadAnswer> {
    let Answer {
        mut payload,
        mut rest,
        ..
    } = answer;
    let mut early = HeaderMap::new();
    let head = loop {
        let head = Head::read(&payload)?;
        if !head.status.is_informational() {
            break head;
        }
        // An interim response cannot be sent yet; its headers go out with the final one.
        append(&mut early, head.headers);
        let next = match &mut rest {
            Some(rest) => rest.next().await?,
            None => None,
        };
        let code = head.status.as_u16().into();
        payload = next.ok_or(BadHead::Status(code))?;
    };
    Ok(finish(method, head, early, payload.body, rest))
}

fn finish(
    method: &Method,
    head: Head,
    mut early: HeaderMap,
    body: Bytes,
    rest: Option<Stream>,
) -> Response {
    let Head {
        status,
        mut headers,
    } = head;
    for name in headers.keys() {
        early.remove(name);
    }
    append(&mut headers, early);
    let trailers = take_trailers(&mut headers);
    fit_length(method, &mut headers, rest.is_none().then_some(body.len()));
    let body = match method {
        // What a GET would get is told by the headers alone.
        &Method::HEAD if rest.is_none() => Bytes::new(),
        _ => body,
    };
    let body = match (rest, trailers) {
        (None, None) => Body::from(body),
        (None, Some(trailers)) => {
            let frames = [Frame::data(body), Frame::trailers(trailers)];
            Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, BoxError>))))
        }
        (Some(rest), trailers) => {
            let parts = stream::unfold(Some((Some(body), rest)), next_part);
            let frames = parts.map(|part| part.map(Frame::data));
            let trailers = trailers.map(|it| Ok(Frame::trailers(it)));
            Body::new(StreamBody::new(frames.chain(stream::iter(trailers))))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Keeps no length that would hang the client or cut the next response.
///
/// `whole` is the length of a body that does not come in parts.
fn fit_length(method: &Method, headers: &mut HeaderMap, whole: Option<usize>) {
    let claimed = {
        let mut all = headers.get_all(header::CONTENT_LENGTH).iter();
        let first = all
            .next()
            .and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        first.filter(|_| all.next().is_none())
    };
    match (whole, claimed) {
        (None, Some(_)) => {}
        (Some(_), Some(_)) if method == Method::HEAD => {}
        (Some(length), None) if method == Method::HEAD => {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        _ => {
            headers.remove(header::CONTENT_LENGTH);
        }
    }
}

/// Headers that `Trailer` names go out after the body; `Trailer` itself announces them.
fn take_trailers(headers: &mut HeaderMap) -> Option<HeaderMap> {
    let announced = headers.get_all(header::TRAILER).iter();
    let names: Vec<HeaderName> = announced
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter_map(|it| it.trim().parse().ok())
        .collect();
    let mut trailers = HeaderMap::new();
    for name in names {
        if let header::Entry::Occupied(field) = headers.entry(name) {
            let (name, values) = field.remove_entry_mult();
            for value in values {
                trailers.append(name.clone(), value);
            }
        }
    }
    if trailers.is_empty() {
        return None;
    }
    // Only a body of unknown length has an end to put them behind.
    headers.remove(header::CONTENT_LENGTH);
    Some(trailers)
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
