//! The `headers` middleware: headers added to requests and responses, CORS.

mod cors;
mod origins;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use http::HeaderMap;
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::{layer::layer_fn, util::option_layer};

use crate::{
    header_fields::HeaderFields,
    http::{Middleware, Stack},
};
use cors::CorsConfig;

/// The middleware `headers`; name it in `http.middleware`.
#[derive(Debug)]
pub struct Headers;

/// Headers added to requests and responses.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HeadersConfig {
    /// Headers added to each request before PHP sees it.
    request: HeaderFields,
    /// Headers added to each response.
    response: HeaderFields,
    /// Who may call from other origins; preflight requests are answered here.
    cors: Option<CorsConfig>,
}

impl Service for Headers {
    const NAME: &'static str = "headers";
    const SECTION: &'static str = "http.headers";
    type Config = HeadersConfig;
    type Needs = ();
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: HeadersConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let (before, after) = (config.request, config.response);
        let add = from_fn(move |mut request: Request, next: Next| {
            append(request.headers_mut(), &before);
            let after = after.clone();
            async move {
                let mut response = next.run(request).await;
                append(response.headers_mut(), &after);
                response
            }
        });
        let cors = config.cors.map(CorsConfig::layer).transpose()?;
        let boxed = layer_fn(Stack::new);
        // Preflights are answered outside: the headers below are for what PHP answers.
        let layers = (option_layer(cors), boxed, add);
        cx.contribute(Middleware::named(Self::NAME, layers).passes_bodies());
        Ok(())
    }
}

/// Beside what is there, not in its place.
fn append(headers: &mut HeaderMap, more: &HeaderFields) {
    for (name, value) in &more.0 {
        headers.append(name, value.clone());
    }
}
