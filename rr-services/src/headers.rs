//! The `headers` middleware: headers added to requests and responses, CORS.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::util::option_layer;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::{http::Middleware, server::Unsupported};

/// The middleware `headers`; name it in `http.middleware`.
#[derive(Debug)]
pub struct Headers;

/// Headers added to requests and responses.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HeadersConfig {
    /// Headers added to each request before PHP sees it.
    request: BTreeMap<String, String>,
    /// Headers added to each response.
    response: BTreeMap<String, String>,
    /// Who may call from other origins; preflight requests are answered here.
    cors: Option<CorsConfig>,
}

/// Cross-origin resource sharing. Lists are written with commas.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CorsConfig {
    /// Origins such as `https://example.com`, or `*`.
    allowed_origin: Vec<String>,
    /// A pattern that origins match.
    allowed_origin_regex: Option<Unsupported>,
    /// Methods such as `PUT`, or `*`.
    allowed_methods: Vec<String>,
    /// Request headers, or `*`.
    allowed_headers: Vec<String>,
    /// Response headers that scripts may read, or `*`.
    exposed_headers: Vec<String>,
    /// Whether cookies may be sent along; without effect for origin `*`, as browsers refuse that.
    allow_credentials: bool,
    /// How long browsers remember the answer to a preflight, in seconds; 0 says nothing.
    max_age: u64,
}

/// A header or method in the config that is none.
#[derive(Debug, thiserror::Error)]
#[error("`http.headers.{key}`: `{text}` is no {expected}")]
struct InvalidText {
    key: &'static str,
    text: String,
    expected: &'static str,
}

impl Service for Headers {
    const NAME: &'static str = "headers";
    const SECTION: &'static str = "http.headers";
    type Config = HeadersConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, config: HeadersConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let request = headers("request", config.request)?;
        let response = headers("response", config.response)?;
        let add = from_fn(move |request_: Request, next: Next| {
            add(request.clone(), response.clone(), request_, next)
        });
        let cors = config.cors.map(|it| it.layer()).transpose()?;
        // Preflights are answered outside: the headers below are for what PHP answers.
        cx.contribute(Middleware::named(Self::NAME, (option_layer(cors), add)));
        Ok(())
    }
}

async fn add(add: HeaderMap, respond: HeaderMap, mut request: Request, next: Next) -> Response {
    append(request.headers_mut(), add);
    let mut response = next.run(request).await;
    append(response.headers_mut(), respond);
    response
}

/// Beside what is there, not in its place.
fn append(headers: &mut HeaderMap, more: HeaderMap) {
    for (name, value) in more {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
}

fn headers(key: &'static str, from: BTreeMap<String, String>) -> Result<HeaderMap, InvalidText> {
    from.into_iter()
        .map(|(name, value)| {
            let name: HeaderName = parse(key, &name, "header name")?;
            let value: HeaderValue = parse(key, &value, "header value")?;
            Ok((name, value))
        })
        .collect()
}

fn parse<T: std::str::FromStr>(
    key: &'static str,
    text: &str,
    expected: &'static str,
) -> Result<T, InvalidText> {
    text.parse().map_err(|_| InvalidText {
        key,
        text: text.to_owned(),
        expected,
    })
}

impl CorsConfig {
    fn layer(self) -> Result<CorsLayer, InvalidText> {
        let any = |list: &[String]| list.iter().any(|it| it == "*");
        let mut layer = CorsLayer::new();
        if any(&self.allowed_origin) {
            layer = layer.allow_origin(AllowOrigin::any());
            if self.allow_credentials {
                tracing::warn!(
                    target: "headers",
                    "`cors.allow_credentials` has no effect for origin `*`: name the origins",
                );
            }
        } else {
            let origins = self.allowed_origin.iter();
            let origins: Result<Vec<HeaderValue>, _> = origins
                .map(|it| parse("cors.allowed_origin", it, "origin"))
                .collect();
            layer = layer.allow_origin(AllowOrigin::list(origins?));
            if self.allow_credentials {
                return self.rest(layer.allow_credentials(true), |_| false);
            }
        }
        self.rest(layer, |list| any(list))
    }

    /// With credentials browsers take `*` for a name, so it is spelled out then.
    fn rest(
        self,
        layer: CorsLayer,
        any: impl Fn(&[String]) -> bool,
    ) -> Result<CorsLayer, InvalidText> {
        let star = |list: &[String]| list.iter().any(|it| it == "*");
        let names = |key, list: &[String]| -> Result<Vec<HeaderName>, InvalidText> {
            list.iter()
                .filter(|it| *it != "*")
                .map(|it| parse(key, it, "header name"))
                .collect()
        };
        let methods: Result<Vec<Method>, _> = self
            .allowed_methods
            .iter()
            .filter(|it| *it != "*")
            .map(|it| parse("cors.allowed_methods", &it.to_uppercase(), "method"))
            .collect();
        let layer = layer
            .allow_methods(
                match (any(&self.allowed_methods), star(&self.allowed_methods)) {
                    (true, _) => AllowMethods::any(),
                    (false, true) => AllowMethods::mirror_request(),
                    _ => AllowMethods::list(methods?),
                },
            )
            .allow_headers(
                match (any(&self.allowed_headers), star(&self.allowed_headers)) {
                    (true, _) => AllowHeaders::any(),
                    (false, true) => AllowHeaders::mirror_request(),
                    _ => AllowHeaders::list(names("cors.allowed_headers", &self.allowed_headers)?),
                },
            )
            .expose_headers(match any(&self.exposed_headers) {
                true => ExposeHeaders::any(),
                false => ExposeHeaders::list(names("cors.exposed_headers", &self.exposed_headers)?),
            });
        Ok(match self.max_age {
            0 => layer,
            seconds => layer.max_age(Duration::from_secs(seconds)),
        })
    }
}
