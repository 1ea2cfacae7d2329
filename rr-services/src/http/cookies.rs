//! The `Cookie` header taken apart.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};

use super::text::text;

/// The cookies whose values decode; PHP takes the last of equal names.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let all = headers.get_all(header::COOKIE).iter();
    all.flat_map(|it| pairs(it.as_bytes()))
}

/// Of one header: `a=1; b="2"`.
fn pairs(header: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    header.split(|it| *it == b';').filter_map(|pair| {
        let pair = pair.trim_ascii();
        let at = pair.iter().position(|it| *it == b'=')?;
        let (name, value) = (
            pair[..at].trim_ascii_end(),
            pair[at + 1..].trim_ascii_start(),
        );
        if name.is_empty() {
            return None;
        }
        let value = value
            .strip_prefix(b"\"")
            .and_then(|it| it.strip_suffix(b"\""))
            .unwrap_or(value);
        Some((text(name), unescape(value)?))
    })
}

/// `%41+b` to `A b`; `None` where an escape is none.
fn unescape(value: &[u8]) -> Option<Cow<'_, str>> {
    if !value.iter().any(|it| matches!(it, b'%' | b'+')) {
        return Some(text(value));
    }
    let mut escapes = value.split(|it| *it == b'%').skip(1);
    if !escapes.all(|it| it.len() >= 2 && it[..2].iter().all(u8::is_ascii_hexdigit)) {
        return None;
    }
    let spaced: Vec<u8> = value
        .iter()
        .map(|it| if *it == b'+' { b' ' } else { *it })
        .collect();
    let decoded: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    Some(text(&decoded).into_owned().into())
}

/// Clients of HTTP/2 send cookies in crumbs, which outside of it are one header (RFC 9113,
/// section 8.2.3).
pub(super) fn join(headers: &mut HeaderMap) {
    let crumbs = headers.get_all(header::COOKIE).iter();
    let crumbs: Vec<&[u8]> = crumbs.map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    if let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, whole);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(header: &[u8], expected: &[(&str, &str)]) {
        let found: Vec<_> = pairs(header).collect();
        let found: Vec<_> = found
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(found, expected, "{}", header.escape_ascii());
    }

    #[test]
    fn pairs_of_a_header() {
        check(b"", &[]);
        check(b"a", &[]);
        check(b"=a", &[]);
        check(b"a=", &[("a", "")]);
        check(b"a=1; b=2;c=3 ;", &[("a", "1"), ("b", "2"), ("c", "3")]);
        check(b"a=1; a=2", &[("a", "1"), ("a", "2")]);
        check(b"a=b=c", &[("a", "b=c")]);
        check(b"a = b", &[("a", "b")]);
        check(
            b"a=\"b\"; c=\"; d=\"",
            &[("a", "b"), ("c", "\""), ("d", "\"")],
        );
        check(b"a=%41+b%2B", &[("a", "A b+")]);
        check(b"a=%zz; b=%4; c=%; d=1", &[("d", "1")]);
        check(
            b"a=caf%E9; b=caf\xe9; c=caf%C3%A9",
            &[("a", "café"), ("b", "café"), ("c", "café")],
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_cookies_or_none(header in prop::collection::vec(any::<u8>(), 0..100)) {
            pairs(&header).for_each(drop);
        }
    }
}
