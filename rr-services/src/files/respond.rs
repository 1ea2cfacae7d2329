//! A file as the answer to a request: whole, in parts, or only the word that it is known.

use std::{
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    ops::Range,
    time::SystemTime,
};

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{
    body::{Piece, body},
    conditions::{Validators, Verdict},
    ranges::{Selected, select},
};
use crate::http::Outlet;

/// A file, and what is said of it.
#[derive(Debug)]
pub(crate) struct Representation {
    pub(crate) content: File,
    /// In bytes.
    pub(crate) length: u64,
    pub(crate) kind: HeaderValue,
    pub(crate) etag: Option<HeaderValue>,
    pub(crate) modified: Option<SystemTime>,
}

/// Answers a request for the file, by the `outlet` where the request has one. Only GET knows ranges.
///
/// A file that cannot be read after all is a 500: that it is there has been found already.
pub(crate) fn respond(
    method: &Method,
    asked: &HeaderMap,
    file: Representation,
    outlet: Option<&Outlet>,
) -> Response {
    let validators = Validators::new(file.etag.clone(), file.modified);
    let mut response = match validators.judge(asked) {
        Verdict::Known => status(StatusCode::NOT_MODIFIED),
        Verdict::Changed => status(StatusCode::PRECONDITION_FAILED),
        Verdict::Send => {
            let ranges = match method == Method::GET && validators.allow_ranges(asked) {
                true => asked.get(header::RANGE).and_then(|it| it.to_str().ok()),
                false => None,
            };
            let selected = ranges.map_or(Selected::Whole, |it| select(it, file.length));
            send(method, selected, file, outlet)
        }
    };
    let headers = response.headers_mut();
    headers.extend(validators.etag.map(|it| (header::ETAG, it)));
    let date = validators.modified.map(httpdate::fmt_http_date);
    let date = date.and_then(|it| HeaderValue::try_from(it).ok());
    headers.extend(date.map(|it| (header::LAST_MODIFIED, it)));
    response
}

fn send(
    method: &Method,
    selected: Selected,
    file: Representation,
    outlet: Option<&Outlet>,
) -> Response {
    let length = file.length;
    let (code, kind, pieces, range) = match selected {
        Selected::Whole => {
            let whole = Vec::from([Piece::File(0..length)]);
            (StatusCode::OK, file.kind, whole, None)
        }
        Selected::Unsatisfiable => {
            let mut response = status(StatusCode::RANGE_NOT_SATISFIABLE);
            let range = value(format!("bytes */{length}"));
            response.headers_mut().insert(header::CONTENT_RANGE, range);
            return response;
        }
        Selected::Parts(parts) => match <[Range<u64>; 1]>::try_from(parts) {
            Ok([part]) => {
                let range = content_range(&part, length);
                let pieces = Vec::from([Piece::File(part)]);
                (StatusCode::PARTIAL_CONTENT, file.kind, pieces, Some(range))
            }
            Err(parts) => {
                let (kind, pieces) = multipart(&file.kind, parts, length);
                (StatusCode::PARTIAL_CONTENT, kind, pieces, None)
            }
        },
    };
    let length: u64 = pieces.iter().map(Piece::length).sum();
    let content = match method {
        &Method::HEAD => Ok(Body::empty()),
        _ => body(file.content, pieces, outlet.cloned()),
    };
    let mut response = match content {
        Ok(content) => Response::new(content),
        Err(error) => {
            tracing::error!(target: "http", %error, "a file cannot be read");
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend(range.map(|it| (header::CONTENT_RANGE, it)));
    response
}

/// `multipart/byteranges` (RFC 9110, section 14.6).
fn multipart(kind: &HeaderValue, parts: Vec<Range<u64>>, length: u64) -> (HeaderValue, Vec<Piece>) {
    // Keyed by chance for each process, so that no file can hold it on purpose.
    let boundary = format!("{:016x}", RandomState::new().build_hasher().finish());
    let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
    for part in parts {
        let mut head = format!("\r\n--{boundary}\r\ncontent-type: ").into_bytes();
        head.extend_from_slice(kind.as_bytes());
        head.extend_from_slice(b"\r\ncontent-range: ");
        head.extend_from_slice(content_range(&part, length).as_bytes());
        head.extend_from_slice(b"\r\n\r\n");
        pieces.push(Piece::Text(head.into()));
        pieces.push(Piece::File(part));
    }
    pieces.push(Piece::Text(format!("\r\n--{boundary}--\r\n").into()));
    let kind = value(format!("multipart/byteranges; boundary={boundary}"));
    (kind, pieces)
}

fn content_range(part: &Range<u64>, length: u64) -> HeaderValue {
    value(format!("bytes {}-{}/{length}", part.start, part.end - 1))
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and letters fit a header")
}

fn status(code: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}
