//! The `gzip` middleware: compresses responses, by gzip, Brotli or Zstandard.

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::{Layer, ServiceExt as _, service_fn, util::MapResponseLayer};
use tower_http::compression::{
    CompressionLayer, Predicate,
    predicate::{And, SizeAbove},
};

use crate::{
    content_coding::{Accepted, Choice, Coding, vary},
    http::{Middleware, Outlet, Stack},
};

/// The middleware `gzip`; name it in `http.middleware`. It needs no section.
#[derive(Debug)]
pub struct Gzip;

/// Compresses responses for clients that take it.
///
/// Left as they are: responses that are compressed already, by PHP or by their nature (pictures,
/// archives), parts of files, event streams, and what `Cache-Control: no-transform` protects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GzipConfig {
    /// Responses of fewer bytes are left as they are. Streams, whose length nobody knows, are not.
    min_size: u64,
    /// `zstd`, `br`, `gzip`: the codings to use. The client's preference decides, of what it likes
    /// as much zstd goes before br and gzip.
    encodings: Vec<Coding>,
}

impl Default for GzipConfig {
    fn default() -> Self {
        Self {
            min_size: 1024,
            encodings: [Coding::Zstd, Coding::Br, Coding::Gzip].into(),
        }
    }
}

impl Service for Gzip {
    const NAME: &'static str = "gzip";
    const SECTION: &'static str = "http.gzip";
    type Config = GzipConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<GzipConfig> {
        Some(GzipConfig::default())
    }

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: GzipConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        cx.contribute(Middleware::named(Self::NAME, Compress::new(config)).passes_bodies());
        Ok(())
    }
}

type Worthwhile = And<SizeAbove, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// The layer that a [`GzipConfig`] describes.
#[derive(Clone)]
struct Compress {
    layer: CompressionLayer<Worthwhile>,
    encodings: Vec<Coding>,
    min_size: u64,
}

/// Stands in the extensions of a response that came to us as it is.
#[derive(Clone, Copy)]
struct Plain;

impl Compress {
    fn new(config: GzipConfig) -> Self {
        let uses = |coding| config.encodings.contains(&coding);
        let shrinks: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool = shrinks;
        let size = SizeAbove::new(config.min_size);
        let layer = CompressionLayer::new()
            .gzip(uses(Coding::Gzip))
            .br(uses(Coding::Br))
            .zstd(uses(Coding::Zstd))
            .compress_when(size.and(shrinks));
        Self {
            layer,
            encodings: config.encodings,
            min_size: config.min_size,
        }
    }
}

impl Layer<Stack> for Compress {
    type Service = Stack;

    fn layer(&self, inner: Stack) -> Stack {
        let mark = MapResponseLayer::new(|mut response: Response| {
            if !response.headers().contains_key(header::CONTENT_ENCODING) {
                response.extensions_mut().insert(Plain);
            }
            response
        });
        let marked = Stack::new(mark.layer(inner.clone()));
        let compressing = (from_fn(account), &self.layer).layer(marked);
        let compressing = Stack::new(compressing.map_err(Into::into));
        let (encodings, min_size) = (self.encodings.clone(), self.min_size);
        Stack::new(service_fn(move |request: Request| {
            let accepted = Accepted::read(request.headers());
            let choice = accepted.choose(encodings.iter().copied());
            // The layer would answer 406 after PHP has done its work: a plain body is the lesser evil.
            let refused = choice == Choice::Nothing;
            let is_head = request.method() == Method::HEAD;
            let next = match refused || is_head {
                true => inner.clone(),
                false => compressing.clone(),
            };
            async move {
                let mut response = next.oneshot(request).await?;
                if is_head {
                    describe(choice, min_size, &mut response);
                } else if refused {
                    vary(response.headers_mut());
                }
                Ok(response)
            }
        }))
    }
}

/// Draws the consequences where the layer compresses. An ETag promises the very bytes, which those of
/// another coding are not.
async fn account(request: Request, next: Next) -> Response {
    let outlet = request.extensions().get::<Outlet>().cloned();
    let mut response = next.run(request).await;
    let coded = response.headers().contains_key(header::CONTENT_ENCODING);
    if coded && response.extensions_mut().remove::<Plain>().is_some() {
        weaken_etag(response.headers_mut());
        if let Some(outlet) = outlet {
            outlet.close();
        }
    }
    response
}

fn weaken_etag(headers: &mut HeaderMap) {
    if let Some(etag) = headers.get(header::ETAG)
        && etag.as_bytes().starts_with(b"\"")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat())
    {
        headers.insert(header::ETAG, weak);
    }
}

/// Tells HEAD what GET would be told (RFC 9110, section 9.3.2), as far as it is known without the
/// body: a length that a compressed one will not have must not be told (section 8.6).
fn describe(choice: Choice, min_size: u64, response: &mut Response) {
    let headers = response.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    let is_plain = !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE);
    let is_worthwhile = length.is_some_and(|it| it >= min_size)
        && shrinks(
            response.status(),
            response.version(),
            headers,
            response.extensions(),
        );
    if !is_plain || !is_worthwhile {
        return;
    }
    let headers = response.headers_mut();
    vary(headers);
    if let Choice::Coded(coding) = choice {
        let name = HeaderValue::from_static(coding.name());
        headers.insert(header::CONTENT_ENCODING, name);
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::ACCEPT_RANGES);
        weaken_etag(headers);
    }
}

/// Whether compressing makes it smaller, and may be done.
fn shrinks(status: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|it: &HeaderValue| it.to_str().ok())
    };
    let kept = text(header::CACHE_CONTROL).is_some_and(|it| it.contains("no-transform"));
    if status == StatusCode::PARTIAL_CONTENT || kept {
        return false;
    }
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    !is_dense(&kind.to_ascii_lowercase())
}

/// Whether what is of this kind is compressed by its nature, or must not wait for more of itself.
fn is_dense(kind: &str) -> bool {
    match kind.split_once('/') {
        Some(("image", kind)) => {
            !matches!(kind, "svg+xml" | "bmp" | "x-icon" | "vnd.microsoft.icon")
        }
        Some(("audio" | "video", _)) => true,
        Some(("font", kind)) => kind.starts_with("woff"),
        Some(("application", kind)) => {
            kind.starts_with("grpc")
                || kind.starts_with("vnd.openxmlformats")
                || matches!(
                    kind,
                    "gzip"
                        | "x-gzip"
                        | "zip"
                        | "zstd"
                        | "x-bzip2"
                        | "x-xz"
                        | "x-7z-compressed"
                        | "x-rar-compressed"
                        | "vnd.rar"
                        | "epub+zip"
                        | "java-archive"
                        | "font-woff"
                )
        }
        _ => kind == "text/event-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dense_is_left_alone() {
        let check = |kind: &str, cache: &str, status: u16, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            headers.insert(header::CACHE_CONTROL, cache.parse().unwrap());
            let status = StatusCode::from_u16(status).unwrap();
            let found = shrinks(status, Version::HTTP_11, &headers, &Extensions::new());
            assert_eq!(found, expected, "{kind} {cache} {status}");
        };
        check("text/html; charset=utf-8", "", 200, true);
        check("application/json", "max-age=1", 404, true);
        check("image/svg+xml", "", 200, true);
        check("", "", 200, true);
        check("IMAGE/PNG", "", 200, false);
        check("video/mp4", "", 200, false);
        check("application/zip", "", 200, false);
        check("application/grpc+proto", "", 200, false);
        check("text/event-stream", "", 200, false);
        check("font/woff2", "", 200, false);
        check("text/html", "public, no-transform", 200, false);
        check("text/html", "", 206, false);
    }
}
