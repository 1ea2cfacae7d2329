//! Where a body ends, and what follows it: nothing that PHP says about it may hang a client or
//! cut the next response.

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

/// Whether a response has a body at all (RFC 9110, sections 9.3.2, 15.3.5, 15.3.6 and 15.4.5).
pub(super) fn has_body(method: &Method, status: StatusCode) -> bool {
    let never = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    );
    !never && method != Method::HEAD
}

/// Keeps no length but the true one; `whole` is that of a body that does not come in parts.
///
/// To HEAD, PHP may tell what a GET would get; a body that it leaves out for it says nothing of that. A stream's length is its word as well: hyper
/// ends the connection where the stream does not keep it.
pub(super) fn fit_length(
    method: &Method,
    status: StatusCode,
    headers: &mut HeaderMap,
    whole: Option<u64>,
) {
    let claimed = {
        let mut all = headers.get_all(header::CONTENT_LENGTH).iter();
        let first = all
            .next()
            .and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        first.filter(|_| all.next().is_none())
    };
    let length = match (status, whole) {
        (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED, _) => None,
        (StatusCode::RESET_CONTENT, _) => Some(0),
        (_, Some(0)) if method == Method::HEAD => claimed,
        (_, Some(whole)) if method == Method::HEAD => Some(claimed.unwrap_or(whole)),
        (_, Some(whole)) => Some(whole),
        (_, None) => claimed,
    };
    let length = length.filter(|_| !headers.contains_key(header::TRAILER));
    match length {
        Some(length) => headers.insert(header::CONTENT_LENGTH, length.into()),
        None => headers.remove(header::CONTENT_LENGTH),
    };
}

/// Headers that `Trailer` names go out after the body; `Trailer` itself announces them, and only
/// them. A body with trailers has no length: only one of unknown length has an end to put them behind.
pub(super) fn take_trailers(headers: &mut HeaderMap) -> Option<HeaderMap> {
    let announced = headers.get_all(header::TRAILER).iter();
    let names: Vec<HeaderName> = announced
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter_map(|it| it.trim().parse().ok())
        .filter(may_follow)
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
        headers.remove(header::TRAILER);
        return None;
    }
    Some(trailers)
}

/// What a client must know before the body is no trailer (RFC 9110, section 6.5.1).
fn may_follow(name: &HeaderName) -> bool {
    !matches!(
        *name,
        header::AUTHORIZATION
            | header::CACHE_CONTROL
            | header::CONTENT_ENCODING
            | header::CONTENT_LENGTH
            | header::CONTENT_RANGE
            | header::CONTENT_TYPE
            | header::DATE
            | header::EXPIRES
            | header::HOST
            | header::LOCATION
            | header::RETRY_AFTER
            | header::SET_COOKIE
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::VARY
            | header::WWW_AUTHENTICATE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        method: &Method,
        status: u16,
        claimed: &[&'static str],
        whole: Option<u64>,
        expected: Option<&str>,
    ) {
        let mut headers = HeaderMap::new();
        for claim in claimed {
            headers.append(header::CONTENT_LENGTH, claim.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        fit_length(method, status, &mut headers, whole);
        let all: Vec<_> = headers.get_all(header::CONTENT_LENGTH).iter().collect();
        assert!(all.len() < 2);
        let found = all.first().map(|it| it.to_str().unwrap());
        assert_eq!(found, expected, "{method} {status} {claimed:?} {whole:?}");
    }

    #[test]
    fn a_length_is_the_true_one_or_none() {
        check(&Method::GET, 200, &[], Some(5), Some("5"));
        check(&Method::GET, 200, &["7"], Some(5), Some("5"));
        check(&Method::GET, 200, &["5", "5"], Some(5), Some("5"));
        check(&Method::GET, 200, &["nonsense"], Some(5), Some("5"));
        check(&Method::GET, 200, &[], None, None);
        check(&Method::GET, 200, &["7"], None, Some("7"));
        check(&Method::GET, 200, &["7", "8"], None, None);
        check(&Method::GET, 200, &["-1"], None, None);
        check(&Method::HEAD, 200, &["7"], Some(0), Some("7"));
        check(&Method::HEAD, 200, &[], Some(5), Some("5"));
        check(&Method::HEAD, 200, &[], Some(0), None);
        check(&Method::HEAD, 200, &["x"], None, None);
        check(&Method::GET, 204, &["7"], Some(5), None);
        check(&Method::GET, 205, &["7"], Some(5), Some("0"));
        check(&Method::GET, 304, &["7"], Some(0), None);
    }

    #[test]
    fn trailers_are_what_may_follow() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("trailer", "X-Sum, Content-Type, no name, X-Absent"),
            ("trailer", "x-two"),
            ("x-sum", "1"),
            ("x-two", "2"),
            ("content-type", "text/plain"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let trailers = take_trailers(&mut headers).unwrap();
        assert_eq!(trailers.len(), 2);
        assert!(headers.contains_key("content-type") && !headers.contains_key("x-sum"));

        let mut headers = HeaderMap::new();
        headers.append("trailer", "Content-Type".parse().unwrap());
        assert_eq!(take_trailers(&mut headers), None);
        assert!(headers.is_empty());
    }
}
