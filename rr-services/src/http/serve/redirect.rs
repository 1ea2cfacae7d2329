//! Sends clients without TLS to where there is TLS.

use std::convert::Infallible;

use axum::{
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, Uri, header};
use tower::service_fn;

use crate::http::{layer::Stack, target::absolute_uri};

/// Answers every request by a 308 to its `https` URI on `port`.
///
/// Without Strict-Transport-Security, which means nothing where anybody may have forged it
/// (RFC 6797, section 7.2).
pub(super) fn to_https(port: u16) -> Stack {
    Stack::new(service_fn(move |request: Request| {
        let response = redirect(request, port);
        async move { Ok::<_, Infallible>(response) }
    }))
}

fn redirect(request: Request, port: u16) -> Response {
    let (parts, _) = request.into_parts();
    let uri = match absolute_uri(&parts) {
        Ok(uri) => uri,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    match location(&uri, port) {
        Some(location) => (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn location(uri: &str, port: u16) -> Option<HeaderValue> {
    let uri: Uri = uri.parse().ok()?;
    let port = match port {
        443 => String::new(),
        port => format!(":{port}"),
    };
    let rest = uri.path_and_query().map_or("/", |it| it.as_str());
    HeaderValue::try_from(format!("https://{}{port}{rest}", uri.host()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_keeps_its_name_and_gets_the_port() {
        let check = |uri, port, expected: &str| {
            assert_eq!(location(uri, port).unwrap(), expected, "{uri}");
        };
        check("http://shop.test/a?b=c", 443, "https://shop.test/a?b=c");
        check("http://shop.test:8080/", 443, "https://shop.test/");
        check("http://shop.test/", 8443, "https://shop.test:8443/");
        check("http://[::1]:80/x", 8443, "https://[::1]:8443/x");
        check("http://127.0.0.1", 443, "https://127.0.0.1/");
    }
}
