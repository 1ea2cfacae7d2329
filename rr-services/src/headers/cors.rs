//! Cross-origin resource sharing (the Fetch standard, section 3.3).

use std::time::Duration;

use axum::extract::Request;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::{Layer, ServiceExt as _, service_fn};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use super::origins::{Origin, Pattern};
use crate::{
    http::Stack,
    parsed::{Meaning, Parsed},
};

/// Cross-origin resource sharing. Lists are written with commas.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CorsConfig {
    /// Origins such as `https://example.com`, `https://*.example.com`, or `*`.
    allowed_origin: Vec<Parsed<Origin>>,
    /// A pattern that origins match, anywhere in them unless it has `^` and `$`; in place of `allowed_origin`.
    allowed_origin_regex: Option<Parsed<Pattern>>,
    /// Methods such as `PUT`, or `*`.
    allowed_methods: Vec<Parsed<Name<Method>>>,
    /// Request headers, or `*`.
    allowed_headers: Vec<Parsed<Name<HeaderName>>>,
    /// Response headers that scripts may read, or `*`.
    exposed_headers: Vec<Parsed<Name<HeaderName>>>,
    /// Whether cookies may be sent along; without effect for origin `*`, as browsers refuse that.
    allow_credentials: bool,
    /// How long browsers remember the answer to a preflight, in seconds; 0 says nothing.
    max_age: u64,
    /// The status of the answer to a preflight.
    #[schemars(range(min = 200, max = 299))]
    options_success_status: u16,
    /// Logs each preflight, at level `debug`.
    debug: bool,
}

/// One of a list that may say `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name<T> {
    Any,
    One(T),
}

/// The layer that a [`CorsConfig`] describes.
#[derive(Clone)]
pub(super) struct Cors {
    layer: CorsLayer,
    preflight: StatusCode,
    debug: bool,
}

/// A setting that cannot be carried out.
#[derive(Debug, thiserror::Error)]
#[error("`http.headers.cors.options_success_status` is {0}, a status from 200 to 299 is expected")]
pub(super) struct BadStatus(u16);

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            allowed_origin: Vec::new(),
            allowed_origin_regex: None,
            allowed_methods: Vec::new(),
            allowed_headers: Vec::new(),
            exposed_headers: Vec::new(),
            allow_credentials: false,
            max_age: 0,
            options_success_status: 200,
            debug: false,
        }
    }
}

impl CorsConfig {
    /// # Errors
    /// If the status for preflights is none of success: browsers would refuse the answer.
    pub(super) fn layer(self) -> Result<Cors, BadStatus> {
        let code = self.options_success_status;
        let status = StatusCode::from_u16(code).ok();
        let preflight = status.filter(StatusCode::is_success);
        let preflight = preflight.ok_or(BadStatus(code))?;
        let debug = self.debug;
        let any = self.allowed_origin_regex.is_none()
            && self.allowed_origin.iter().any(|it| it.0 == Origin::Any);
        if any && self.allow_credentials {
            tracing::warn!(
                target: "headers",
                "`cors.allow_credentials` has no effect for origin `*`: name the origins",
            );
        }
        // With credentials browsers take `*` for a name, so it is spelled out then.
        let spelled = self.allow_credentials && !any;
        let (any_method, methods) = split(self.allowed_methods);
        let (any_header, headers) = split(self.allowed_headers);
        let (any_exposed, exposed) = split(self.exposed_headers);
        let mut layer = CorsLayer::new()
            .allow_origin(match any {
                true => AllowOrigin::any(),
                false => origins(self.allowed_origin, self.allowed_origin_regex),
            })
            .allow_credentials(spelled)
            .allow_methods(match (any_method, spelled) {
                (true, false) => AllowMethods::any(),
                (true, true) => AllowMethods::mirror_request(),
                _ => AllowMethods::list(methods),
            })
            .allow_headers(match (any_header, spelled) {
                (true, false) => AllowHeaders::any(),
                (true, true) => AllowHeaders::mirror_request(),
                _ => AllowHeaders::list(headers),
            });
        if any_exposed && spelled {
            tracing::warn!(
                target: "headers",
                "`cors.exposed_headers` of `*` has no effect together with `allow_credentials`: name the headers",
            );
        }
        layer = layer.expose_headers(match any_exposed && !spelled {
            true => ExposeHeaders::any(),
            false => ExposeHeaders::list(exposed),
        });
        if self.max_age > 0 {
            layer = layer.max_age(Duration::from_secs(self.max_age));
        }
        Ok(Cors {
            layer,
            preflight,
            debug,
        })
    }
}

impl Layer<Stack> for Cors {
    type Service = Stack;

    fn layer(&self, inner: Stack) -> Stack {
        let cors = self.clone();
        let sharing = Stack::new(cors.layer.layer(inner.clone()));
        Stack::new(service_fn(move |request: Request| {
            let preflight = is_preflight(&request);
            // A plain OPTIONS is the application's: only the layer itself takes it for a preflight.
            let next = match request.method() == Method::OPTIONS && !preflight {
                true => inner.clone(),
                false => sharing.clone(),
            };
            let cors = cors.clone();
            async move {
                let origin = request.headers().get(header::ORIGIN).cloned();
                let mut response = next.oneshot(request).await?;
                if preflight {
                    *response.status_mut() = cors.preflight;
                    let allowed = response
                        .headers()
                        .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
                    if cors.debug {
                        tracing::debug!(target: "headers", ?origin, allowed, "a preflight");
                    }
                }
                Ok(response)
            }
        }))
    }
}

fn is_preflight(request: &Request) -> bool {
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    request.method() == Method::OPTIONS && wanted.is_some_and(|it| !it.is_empty())
}

fn origins(listed: Vec<Parsed<Origin>>, pattern: Option<Parsed<Pattern>>) -> AllowOrigin {
    let Some(Parsed(pattern)) = pattern else {
        return AllowOrigin::predicate(move |origin: &HeaderValue, _: &Parts| {
            listed.iter().any(|it| it.0.admits(origin))
        });
    };
    if pattern.is_open() {
        tracing::warn!(
            target: "headers",
            "`cors.allowed_origin_regex` does not end with `$`: it admits origins that go on, such as `https://example.com.evil.test`",
        );
    }
    AllowOrigin::predicate(move |origin: &HeaderValue, _: &Parts| pattern.admits(origin))
}

/// Whether `*` is among them, and the others.
fn split<T>(names: Vec<Parsed<Name<T>>>) -> (bool, Vec<T>) {
    let all = names.len();
    let named: Vec<T> = names
        .into_iter()
        .filter_map(|Parsed(name)| match name {
            Name::Any => None,
            Name::One(name) => Some(name),
        })
        .collect();
    (named.len() < all, named)
}

impl<T: Meaning> Meaning for Name<T> {
    const NAME: &'static str = T::NAME;

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::Any),
            text => T::read(text).map(Self::One),
        }
    }
}
