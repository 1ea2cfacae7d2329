//! The `request_id` middleware: an id for each request, the same for PHP, the client and the logs.

use std::sync::Arc;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use http::{HeaderName, HeaderValue};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    http::{Attributes, Middleware, RequestId},
    parsed::Parsed,
    peers::{Peers, direct, is_trusted},
};

/// The middleware `request_id`; name it in `http.middleware`. It needs no section.
#[derive(Debug)]
pub struct RequestIds;

/// Gives each request an id, a UUID in the order of time. PHP gets it as a header and as the
/// attribute `request_id`, the client as a header.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RequestIdConfig {
    /// The name of the header.
    header: Parsed<HeaderName>,
    /// Peers whose ids are taken over: networks (`10.0.0.0/8`), addresses, and `unix` for whoever
    /// connects to a unix socket. Ids from others are replaced.
    accept_from: Vec<Parsed<Peers>>,
}

impl Default for RequestIdConfig {
    fn default() -> Self {
        Self {
            header: Parsed(HeaderName::from_static("x-request-id")),
            accept_from: Vec::new(),
        }
    }
}

/// The longest id that is taken over, in bytes.
const LONGEST: usize = 128;

impl Service for RequestIds {
    const NAME: &'static str = "request_id";
    const SECTION: &'static str = "http.request_id";
    type Config = RequestIdConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<RequestIdConfig> {
        Some(RequestIdConfig::default())
    }

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: RequestIdConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let config = Arc::new(config);
        let give = from_fn(move |mut request: Request, next: Next| {
            let config = Arc::clone(&config);
            async move {
                let id = config.id(&request);
                let name = &config.header.0;
                request.headers_mut().insert(name, id.clone());
                let text: Arc<str> = id.to_str().unwrap_or_default().into();
                let extensions = request.extensions_mut();
                let attributes = extensions.get_or_insert_default::<Attributes>();
                attributes.set("request_id", &*text);
                extensions.insert(RequestId(text));
                let mut response = next.run(request).await;
                response.headers_mut().insert(name, id);
                response
            }
        });
        cx.contribute(Middleware::named(Self::NAME, give).passes_bodies());
        Ok(())
    }
}

impl RequestIdConfig {
    /// The id that the request has, if it is from somebody we believe; else a new one.
    fn id(&self, request: &Request) -> HeaderValue {
        let mut given = request.headers().get_all(&self.header.0).iter();
        let peer = direct(request.extensions());
        match (given.next(), given.next()) {
            (Some(id), None) if is_fit(id) && is_trusted(&self.accept_from, peer) => id.clone(),
            _ => HeaderValue::try_from(Uuid::now_v7().to_string()).expect("digits and dashes"),
        }
    }
}

/// Nothing that means something in a log, a query or a shell.
fn is_fit(id: &HeaderValue) -> bool {
    let fits = |it: &u8| it.is_ascii_alphanumeric() || b"-_.:+/=@".contains(it);
    (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(fits)
}
