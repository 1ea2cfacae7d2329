//! The hops that a header tells of, the client's end first.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName, header};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// All hops of a header; `None` stands for one whose address is hidden or none.
///
/// Headers other than `Forwarded` and `X-Forwarded-For` tell of one hop: where there are several,
/// nobody knows which to believe.
pub(super) fn hops(name: &HeaderName, headers: &HeaderMap) -> Vec<Option<SocketAddr>> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|it| it.to_str().unwrap_or_default())
        .collect();
    match name {
        &header::FORWARDED => elements(&lines.join(",")),
        name if *name == X_FORWARDED_FOR => {
            let items = lines.iter().flat_map(|it| it.split(','));
            items.map(|it| address(it.trim())).collect()
        }
        _ => match lines.as_slice() {
            [one] => vec![address(one.trim())],
            _ => vec![None],
        },
    }
}

/// The elements of `Forwarded` (RFC 7239, section 4): `for=192.0.2.60;proto=http, for="[2001:db8::1]"`.
fn elements(text: &str) -> Vec<Option<SocketAddr>> {
    let elements = split(text, ',').into_iter();
    let told = elements.filter(|it| !it.trim().is_empty());
    told.map(|element| {
        let mut pairs = split(element, ';').into_iter();
        let node = pairs.find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case("for").then_some(value)
        })?;
        let node = node.trim();
        let bare = node.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        address(bare.unwrap_or(node))
    })
    .collect()
}

/// Splits outside of quotes; one that is never closed lasts to the end.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|c| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !was_escaped => escaped = true,
            '"' if !was_escaped => quoted = !quoted,
            _ => {}
        }
        c == at && !quoted
    })
    .collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; a port that is
/// not told is 0.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (ip, rest) = rest.split_once(']')?;
            let port = match rest.strip_prefix(':') {
                Some(port) => port.parse().ok()?,
                None if rest.is_empty() => 0,
                None => return None,
            };
            (IpAddr::V6(ip.parse::<Ipv6Addr>().ok()?), port)
        }
        None => match text.parse::<IpAddr>() {
            Ok(ip) => (ip, 0),
            Err(_) => {
                let (ip, port) = text.split_once(':')?;
                (IpAddr::V4(ip.parse().ok()?), port.parse().ok()?)
            }
        },
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}
