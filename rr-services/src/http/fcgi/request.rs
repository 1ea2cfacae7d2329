//! The HTTP request that a web server describes by FastCGI parameters.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, header};

use crate::http::serve::{Limits, Peer};

/// A request without its body.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) request: Request<()>,
    /// The client, as the web server saw it.
    pub(super) peer: Peer,
    /// How long the body is, where that was told.
    pub(super) length: Option<u64>,
}

/// Why parameters are no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadRequest {
    #[error("`{0}` is missing or malformed")]
    Param(&'static str),
    #[error("a header that the web server handed on is malformed")]
    Header,
    #[error("the request is longer than allowed")]
    TooLong(StatusCode),
}

impl BadRequest {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooLong(status) => *status,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads CGI variables (RFC 3875, section 4.1) as a request; unknown ones are passed over.
pub(super) fn describe(pairs: &[(Bytes, Bytes)], limits: &Limits) -> Result<Described, BadRequest> {
    let variables = Variables(pairs);
    let mut request = Request::new(());
    let method = variables.get("REQUEST_METHOD");
    *request.method_mut() = Method::from_bytes(method)
        .ok()
        .filter(|_| !method.is_empty())
        .ok_or(BadRequest::Param("REQUEST_METHOD"))?;
    *request.uri_mut() = variables.target()?;
    *request.version_mut() = variables.version();
    *request.headers_mut() = variables.headers()?;
    let length = match variables.get("CONTENT_LENGTH") {
        b"" => None,
        digits => {
            let length = decimal(digits).ok_or(BadRequest::Param("CONTENT_LENGTH"))?;
            let headers = request.headers_mut();
            headers.insert(header::CONTENT_LENGTH, length.into());
            Some(length)
        }
    };
    if let Some(status) = limits.refuses(&request) {
        return Err(BadRequest::TooLong(status));
    }
    Ok(Described {
        request,
        peer: Peer {
            address: variables.remote(),
            secure: variables.is_secure(),
            certificate: None,
        },
        length,
    })
}

struct Variables<'a>(&'a [(Bytes, Bytes)]);

impl<'a> Variables<'a> {
    /// The last value of a name counts, as where later lines of a web server's config override
    /// earlier ones; empty where there is none.
    fn get(&self, name: &str) -> &'a [u8] {
        let mut pairs = self.0.iter().rev();
        let found = pairs.find(|(it, _)| &it[..] == name.as_bytes());
        found.map_or(b"", |(_, value)| value)
    }

    fn target(&self) -> Result<Uri, BadRequest> {
        let wrong = |_| BadRequest::Param("REQUEST_URI");
        match self.get("REQUEST_URI") {
            b"" => {
                let mut target = [self.get("SCRIPT_NAME"), self.get("PATH_INFO")].concat();
                if target.is_empty() {
                    target.push(b'/');
                }
                let query = self.get("QUERY_STRING");
                if !query.is_empty() {
                    target.push(b'?');
                    target.extend_from_slice(query);
                }
                Uri::try_from(target).map_err(wrong)
            }
            target => Uri::try_from(target).map_err(wrong),
        }
    }

    fn version(&self) -> Version {
        match self.get("SERVER_PROTOCOL") {
            b"HTTP/1.0" => Version::HTTP_10,
            b"HTTP/2.0" | b"HTTP/2" => Version::HTTP_2,
            b"HTTP/3.0" | b"HTTP/3" => Version::HTTP_3,
            _ => Version::HTTP_11,
        }
    }

    fn headers(&self) -> Result<HeaderMap, BadRequest> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.0 {
            let name = match name.strip_prefix(b"HTTP_") {
                Some(name) => name,
                None if &name[..] == b"CONTENT_TYPE" && !value.is_empty() => b"CONTENT_TYPE",
                None => continue,
            };
            let name: Vec<u8> = name
                .iter()
                .map(|&it| if it == b'_' { b'-' } else { it })
                .collect();
            let name = HeaderName::from_bytes(&name).map_err(|_| BadRequest::Header)?;
            if is_framing(&name) {
                continue;
            }
            let value = HeaderValue::from_maybe_shared(value.clone());
            headers.insert(name, value.map_err(|_| BadRequest::Header)?);
        }
        if !headers.contains_key(header::HOST)
            && let Some(host) = self.server()
        {
            headers.insert(header::HOST, host);
        }
        Ok(headers)
    }

    /// The name of the web server, for clients of HTTP/1.0 that do not send one.
    fn server(&self) -> Option<HeaderValue> {
        match (self.get("SERVER_NAME"), self.get("SERVER_PORT")) {
            (b"" | b"_", _) => None,
            (name, b"" | b"80" | b"443") => HeaderValue::from_bytes(name).ok(),
            (name, port) => HeaderValue::from_bytes(&[name, b":", port].concat()).ok(),
        }
    }

    fn remote(&self) -> Option<SocketAddr> {
        let address = std::str::from_utf8(self.get("REMOTE_ADDR")).ok()?;
        let address: IpAddr = address.parse().ok()?;
        let port = decimal(self.get("REMOTE_PORT")).and_then(|it| u16::try_from(it).ok());
        Some(SocketAddr::new(address.to_canonical(), port.unwrap_or(0)))
    }

    fn is_secure(&self) -> bool {
        let https = self.get("HTTPS");
        !https.is_empty() && !https.eq_ignore_ascii_case(b"off")
            || self.get("REQUEST_SCHEME").eq_ignore_ascii_case(b"https")
    }
}

/// Headers that were about the connection between client and web server. The body's length and
/// type are variables of their own.
fn is_framing(name: &HeaderName) -> bool {
    [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::EXPECT,
    ]
    .contains(name)
}

/// Digits alone: no sign, no space.
fn decimal(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok()?;
    let plain = digits.bytes().all(|it| it.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}
