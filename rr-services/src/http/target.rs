//! The absolute URI that a request means, if it means one.

use http::{HeaderMap, Method, Version, header, request::Parts, uri::Authority};

use super::serve::Secure;

/// Why a request names no place; what each server on its way reads differently is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadTarget {
    #[error("CONNECT is for proxies, which this server is not")]
    Connect,
    #[error("the request target is of another scheme than http and https")]
    Scheme,
    #[error("the request target is neither a path nor a URI")]
    Form,
    #[error("a request of HTTP/1.1 has one Host header, this one has {0}")]
    Hosts(usize),
    #[error("the request names one host in its target and another one in `Host`")]
    Disagreement,
    #[error("the host is no `name` or `name:port`")]
    Host,
    #[error("the request names no host")]
    Nowhere,
}

/// Scheme and host before path and query as they were sent. The authority of an absolute
/// target wins over `Host`, which HTTP/1.1 wants all the same (RFC 9112, section 3.2); in HTTP/2
/// the two must not differ (RFC 9113, section 8.3.1).
pub(super) fn absolute_uri(parts: &Parts) -> Result<String, BadTarget> {
    if parts.method == Method::CONNECT {
        return Err(BadTarget::Connect);
    }
    let host = host(&parts.headers, parts.version)?;
    let uri = &parts.uri;
    if !matches!(uri.scheme_str(), None | Some("http" | "https")) {
        return Err(BadTarget::Scheme);
    }
    let named = uri.scheme().and(uri.authority());
    if named.is_some_and(|it| !is_plain(it)) {
        return Err(BadTarget::Host);
    }
    if parts.version == Version::HTTP_2 {
        match (named, &host) {
            (Some(named), Some(host)) if named != host => return Err(BadTarget::Disagreement),
            (None, None) => return Err(BadTarget::Nowhere),
            _ => {}
        }
    }
    let path = uri.path_and_query().map_or("", |it| it.as_str());
    let is_asterisk = path == "*" && parts.method == Method::OPTIONS;
    let is_authority = uri.authority().is_some() && named.is_none();
    if is_authority || !(path.starts_with('/') || is_asterisk) {
        return Err(BadTarget::Form);
    }
    // A request of HTTP/1.0 may name no host, but PHP cannot parse a URI without one.
    let host = named.or(host.as_ref());
    let host = host.map_or("localhost", Authority::as_str);
    let slash = if path.starts_with('/') { "" } else { "/" };
    // What the client says of the scheme is a claim, the connection is a fact.
    let scheme = match parts.extensions.get::<Secure>() {
        Some(Secure) => "https://",
        None => "http://",
    };
    Ok([scheme, host, slash, path].concat())
}

fn host(headers: &HeaderMap, version: Version) -> Result<Option<Authority>, BadTarget> {
    let count = headers.get_all(header::HOST).iter().count();
    if count > 1 || count == 0 && version == Version::HTTP_11 {
        return Err(BadTarget::Hosts(count));
    }
    match headers.get(header::HOST).map(|it| it.as_bytes()) {
        None | Some(b"") => Ok(None),
        Some(host) => match Authority::try_from(host) {
            Ok(host) if is_plain(&host) => Ok(Some(host)),
            _ => Err(BadTarget::Host),
        },
    }
}

/// Neither a user nor a port that is none.
fn is_plain(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = text.strip_prefix(authority.host());
    let named = !authority.host().is_empty() && !text.contains('@');
    named && port.is_some_and(|it| it.is_empty() || authority.port_u16().is_some())
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    fn check(version: Version, target: &str, hosts: &[&[u8]], expected: Result<&str, BadTarget>) {
        let method = if target == "*" {
            Method::OPTIONS
        } else {
            Method::GET
        };
        let mut request = http::Request::builder().method(method).version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let uri: Uri = target.parse().unwrap();
        let (parts, ()) = request.uri(uri).body(()).unwrap().into_parts();
        let found = absolute_uri(&parts);
        assert_eq!(found.as_deref().map_err(|it| *it), expected, "{target}");
    }

    #[test]
    fn a_target_and_its_host_are_one_uri() {
        let check = |target, hosts, expected| check(Version::HTTP_11, target, hosts, Ok(expected));
        check("/a?b=c", &[b"shop.test"], "http://shop.test/a?b=c");
        check("/", &[b"shop.test:8080"], "http://shop.test:8080/");
        check("/", &[b"[::1]:80"], "http://[::1]:80/");
        check("/", &[b"a_b.test"], "http://a_b.test/");
        check("*", &[b"a"], "http://a/*");
        check("/", &[b""], "http://localhost/");
        check("http://b/x", &[b"a"], "http://b/x");
        check("https://b:1/", &[b"a"], "http://b:1/");
    }

    #[test]
    fn a_host_that_others_read_differently_is_refused() {
        for host in [
            &b"a/b"[..],
            b"a?b",
            b"a#b",
            b"u@a",
            b"a b",
            b"caf\xe9",
            b"caf\xc3\xa9",
            b"a:port",
            b"a:70000",
            b"a:",
            b":80",
            b"a:1:2",
            b"a\\b",
            b"<a>",
            b"[::1",
        ] {
            check(Version::HTTP_11, "/", &[host], Err(BadTarget::Host));
        }
        let two = Err(BadTarget::Hosts(2));
        check(Version::HTTP_11, "/", &[b"a", b"b"], two);
        check(Version::HTTP_10, "/", &[b"a", b"a"], two);
        check(Version::HTTP_11, "/", &[], Err(BadTarget::Hosts(0)));
        check(Version::HTTP_11, "http://a/", &[], Err(BadTarget::Hosts(0)));
        check(Version::HTTP_10, "/", &[], Ok("http://localhost/"));
        for target in ["a:80", "nowhere"] {
            check(Version::HTTP_11, target, &[b"a"], Err(BadTarget::Form));
        }
        check(
            Version::HTTP_11,
            "ftp://a/",
            &[b"a"],
            Err(BadTarget::Scheme),
        );
        check(
            Version::HTTP_11,
            "http://u@a/",
            &[b"a"],
            Err(BadTarget::Host),
        );
        check(Version::HTTP_2, "http://a/", &[], Ok("http://a/"));
        check(Version::HTTP_2, "http://a/", &[b"A"], Ok("http://a/"));
        let two = Err(BadTarget::Disagreement);
        check(Version::HTTP_2, "http://a/", &[b"b"], two);
    }
}
