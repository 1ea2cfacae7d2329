//! Where traces are sent, as people write it: with a scheme and a path, or without.

use http::{Uri, uri::Authority};

use crate::parsed::Meaning;

/// `host:port`, with or without a scheme before and a path behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Whether it is TLS; `None` where no scheme says so.
    pub(super) secure: Option<bool>,
    pub(super) authority: Authority,
    /// Empty, or with a slash before it.
    path: String,
}

/// What the path of an endpoint means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathRule {
    /// It is a base: this follows, unless it stands there already.
    Below(&'static str),
    /// It is whole; this takes its place where there is none.
    Whole(&'static str),
}

impl Endpoint {
    /// The address to send to. `insecure` decides where no scheme does; `path` wins over the
    /// endpoint's own.
    pub(super) fn uri(&self, insecure: bool, path: Option<&str>, rule: PathRule) -> Uri {
        let scheme = match self.secure.unwrap_or(!insecure) {
            true => "https",
            false => "http",
        };
        let base = self.path.trim_end_matches('/');
        let path = match (path, rule) {
            (Some(path), _) => format!("/{}", path.trim_start_matches('/')),
            (None, PathRule::Below(path)) if base.ends_with(path) => base.to_owned(),
            (None, PathRule::Below(path)) => format!("{base}{path}"),
            (None, PathRule::Whole(path)) if base.is_empty() => path.to_owned(),
            (None, PathRule::Whole(_)) => self.path.clone(),
        };
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(self.authority.clone())
            .path_and_query(path);
        uri.build().expect("its parts have been checked")
    }
}

impl Meaning for Endpoint {
    const NAME: &'static str = "Endpoint";

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (secure, rest) = match text.split_once("://") {
            None => (None, text),
            Some(("http", rest)) => (Some(false), rest),
            Some(("https", rest)) => (Some(true), rest),
            Some(_) => {
                return Err("is of another scheme than `http` and `https`; whether it is gRPC is for `client` to say".into());
            }
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if rest.contains(['?', '#']) {
            return Err("has a query: what is secret belongs to `headers`".into());
        }
        let authority: Authority = match authority.parse() {
            Ok(authority) if !is_odd(&authority) => authority,
            _ => return Err("is no `host:port`, `http://host:port` or `https://host:port`".into()),
        };
        if !is_path(path) {
            return Err("has a path that cannot be asked for".into());
        }
        Ok(Self {
            secure,
            authority,
            path: path.to_owned(),
        })
    }
}

/// Whether it can be the path of a request.
pub(super) fn is_path(path: &str) -> bool {
    let path = format!("/{}", path.trim_start_matches('/'));
    path.parse::<http::uri::PathAndQuery>().is_ok()
}

fn is_odd(authority: &Authority) -> bool {
    let port = authority.as_str().rsplit_once(':');
    let is_port = |it: &str| it.ends_with(']') || it.parse::<u16>().is_ok();
    authority.host().is_empty()
        || authority.as_str().contains('@')
        || port.is_some_and(|(_, port)| !is_port(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str, insecure: bool, path: Option<&str>) -> String {
        let endpoint = Endpoint::read(text).unwrap();
        let rule = PathRule::Below("/v1/traces");
        endpoint.uri(insecure, path, rule).to_string()
    }

    #[test]
    fn what_is_not_written_is_filled_in() {
        for (text, insecure, path, expected) in [
            (
                "127.0.0.1:4318",
                true,
                None,
                "http://127.0.0.1:4318/v1/traces",
            ),
            ("collector", false, None, "https://collector/v1/traces"),
            ("http://c:1", false, None, "http://c:1/v1/traces"),
            ("https://c/otlp/", true, None, "https://c/otlp/v1/traces"),
            ("https://c/v1/traces", true, None, "https://c/v1/traces"),
            (
                "[::1]:4318",
                true,
                Some("my/path"),
                "http://[::1]:4318/my/path",
            ),
            ("https://c/otlp", true, Some("/x"), "https://c/x"),
        ] {
            assert_eq!(uri(text, insecure, path), expected, "{text}");
        }
        let zipkin = PathRule::Whole("/api/v2/spans");
        for (text, expected) in [
            ("http://z:9411", "http://z:9411/api/v2/spans"),
            ("http://z:9411/", "http://z:9411/api/v2/spans"),
            ("http://z:9411/mine", "http://z:9411/mine"),
        ] {
            let endpoint = Endpoint::read(text).unwrap();
            assert_eq!(endpoint.uri(false, None, zipkin), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "http://",
            "grpc://c:1",
            "c:port",
            "c:99999",
            "a b",
            "u:p@c:1",
            "c:1/?key=1",
            "c:1/ü y",
        ] {
            assert!(Endpoint::read(text).is_err(), "{text}");
        }
    }
}
