//! Small files, answered where the request is: a thread for blocking calls would cost ten
//! times as much as the read of what is in memory anyway.

use std::{
    fs::{self, Metadata},
    path::Path,
};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderName, HeaderValue, header};

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
pub(super) fn answer(request: &Request, path: &Path, metadata: &Metadata) -> Option<Response> {
    let special = SPECIAL.iter().any(|it| request.headers().contains_key(it));
    if special || metadata.len() > LONGEST {
        return None;
    }
    let changed = httpdate::fmt_http_date(metadata.modified().ok()?);
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut response = Response::new(Body::from(fs::read(path).ok()?));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(kind.as_ref()).ok()?;
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::LAST_MODIFIED, HeaderValue::from_str(&changed).ok()?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Some(response)
}
