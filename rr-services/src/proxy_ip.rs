//! The `proxy_ip_parser` middleware: the client's address as trusted proxies tell it.

mod chain;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
};
use http::{HeaderMap, HeaderName};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    http::{Middleware, Proxy},
    parsed::Parsed,
    peers::{Peers, direct, is_trusted},
};
use chain::hops;

/// The middleware `proxy_ip_parser`; name it in `http.middleware`.
#[derive(Debug)]
pub struct ProxyIpParser;

/// Proxies whose word on the client's address is taken: networks (`10.0.0.0/8`), addresses, and
/// `unix` for whoever connects to a unix socket. `proxy_ip_parser` asks this list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TrustedSubnets(Vec<Parsed<Peers>>);

/// Which headers `proxy_ip_parser` asks.
#[derive(Debug)]
pub struct TrustedHeaders;

/// The headers in which proxies tell the client's address; of those that a request has the first
/// one counts. Name the one that your proxy sets: others it may pass on from anybody.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HeaderList(Vec<Parsed<HeaderName>>);

impl Service for TrustedHeaders {
    const NAME: &'static str = "trusted_headers";
    const SECTION: &'static str = "http.trusted_headers";
    type Config = HeaderList;
    type Needs = ();
    type Offers = Arc<HeaderList>;

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, headers: HeaderList, (): (), _: &mut Init) -> Result<Arc<HeaderList>, BoxError> {
        Ok(Arc::new(headers))
    }
}

impl Service for ProxyIpParser {
    const NAME: &'static str = "proxy_ip_parser";
    const SECTION: &'static str = "http.trusted_subnets";
    type Config = TrustedSubnets;
    type Needs = Option<Arc<HeaderList>>;
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(
        self,
        config: TrustedSubnets,
        headers: Option<Arc<HeaderList>>,
        cx: &mut Init,
    ) -> Result<(), BoxError> {
        let headers = match headers {
            Some(named) => named.0.iter().map(|it| it.0.clone()).collect(),
            None => DEFAULT.map(HeaderName::from_static).into(),
        };
        let trust = Arc::new(Trust {
            proxies: config.0,
            headers,
        });
        let parse = from_fn(move |mut request: Request, next: Next| {
            let peer = direct(request.extensions());
            if let Some(client) = trust.client(peer, request.headers()) {
                let extensions = request.extensions_mut();
                let peer = extensions.insert(ConnectInfo(client)).map(|it| it.0);
                if extensions.get::<Proxy>().is_none() {
                    extensions.insert(Proxy(peer));
                }
            }
            next.run(request)
        });
        cx.contribute(Middleware::named(Self::NAME, parse).passes_bodies());
        Ok(())
    }
}

/// What proxies add to comes first: what they only pass on is asked where that is missing.
const DEFAULT: [&str; 5] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
];

/// Whom we believe, and where they tell.
struct Trust {
    proxies: Vec<Parsed<Peers>>,
    headers: Vec<HeaderName>,
}

impl Trust {
    /// The client behind `peer`; `None` where that is the peer itself, as far as anybody knows.
    fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<SocketAddr> {
        if !is_trusted(&self.proxies, peer) {
            return None;
        }
        let header = self.headers.iter().find(|it| headers.contains_key(*it))?;
        let mut client = None;
        // From our side: what a trusted one says of its own peer is true, what that one says of
        // others is believed only if it is trusted as well.
        for hop in hops(header, headers).into_iter().rev() {
            let Some(hop) = hop else {
                break;
            };
            client = Some(hop);
            if !is_trusted(&self.proxies, Some(hop.ip())) {
                break;
            }
        }
        client
    }
}

#[cfg(test)]
mod tests;
