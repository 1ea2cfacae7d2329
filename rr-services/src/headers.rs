//! The `headers` middleware: headers added to requests and responses, CORS.

mod cors;
mod origins;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::{layer::layer_fn, util::option_layer};

use crate::{
    http::{Middleware, Stack},
    parsed::HeaderFields,
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

    fn init(self, config: HeadersConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let (before, after) = (config.request, config.response);
        let add = from_fn(move |mut request: Request, next: Next| {
            before.append_to(request.headers_mut());
            let after = after.clone();
            async move {
                let mut response = next.run(request).await;
                after.append_to(response.headers_mut());
                response
            }
        });
        let cors = config.cors.map(CorsConfig::layer).transpose()?;
        let boxed = layer_fn(Stack::new);
        // Preflights are answered outside: the headers below are for what PHP answers.
        cx.contribute(Middleware::named(
            Self::NAME,
            (option_layer(cors), boxed, add),
        ));
        Ok(())
    }
}
