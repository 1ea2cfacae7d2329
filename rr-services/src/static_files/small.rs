//! Small files, answered where the request is: a thread for blocking calls would cost ten
//! times as much as the read of what is in memory anyway.

use std::io::Read as _;

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderName, HeaderValue, header};
use mime_guess::Mime;

use super::file::File;

/// The longest file that counts as small, in bytes.
const LONGEST: u64 = 128 << 10;

/// Requests with one of these may want something else than the whole file.
const SPECIAL: [HeaderName; 5] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

/// The whole file; `None` where it is not small, not readable, or not what is asked for.
pub(super) fn answer(request: &Request, file: &File, kind: &Mime) -> Option<Response> {
    let special = SPECIAL.iter().any(|it| request.headers().contains_key(it));
    if special || file.metadata.len() > LONGEST {
        return None;
    }
    let changed = httpdate::fmt_http_date(file.metadata.modified().ok()?);
    let mut content = Vec::with_capacity(file.metadata.len() as usize);
    // It may be growing: the limit holds all the same.
    let mut whole = (&file.content).take(LONGEST);
    whole.read_to_end(&mut content).ok()?;
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(kind.as_ref()).ok()?;
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::LAST_MODIFIED, HeaderValue::from_str(&changed).ok()?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Some(response)
}
