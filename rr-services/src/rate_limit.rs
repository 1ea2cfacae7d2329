//! The `rate_limit` middleware: how often each client may ask.

mod bucket;

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use rr_core::{BoxError, Init, Service, config};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    fingerprint::Fingerprints,
    http::Middleware,
    parsed::Parsed,
    paths::{PathPattern, covers, segments},
};
use bucket::{Buckets, Level, Rate};

/// The middleware `rate_limit`; name it in `http.middleware`.
#[derive(Debug)]
pub struct RateLimit;

/// How often clients may ask; who asks more often is answered 429.
///
/// Behind a proxy list `proxy_ip_parser` before it, or all clients are one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct RateLimitConfig {
    /// A request must fit into every limit whose paths it is in.
    limits: Vec<LimitConfig>,
    /// How many clients are remembered; those beyond it are forgotten, the rarest first.
    #[serde(default = "most_clients")]
    max_clients: u64,
}

/// One limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct LimitConfig {
    /// How many requests in `per`, evenly spread.
    requests: NonZeroU32,
    /// The time that they are counted over; a second by default.
    #[serde(default = "second")]
    per: config::Duration,
    /// How many requests may come at once after a pause; as many as `requests` by default.
    #[serde(default)]
    burst: Option<NonZeroU32>,
    /// Who counts as a client: the value of this header. By default, and where a request has no
    /// such header, its address; of IPv6 the first 64 bits.
    #[serde(default)]
    header: Option<Parsed<HeaderName>>,
    /// Patterns such as `/login` or `/api/*`; all paths by default.
    #[serde(default)]
    paths: Vec<Parsed<PathPattern>>,
}

fn most_clients() -> u64 {
    100_000
}

fn second() -> config::Duration {
    config::Duration::from(Duration::from_secs(1))
}

impl Service for RateLimit {
    const NAME: &'static str = "rate_limit";
    const SECTION: &'static str = "http.rate_limit";
    type Config = RateLimitConfig;
    type Needs = ();
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: RateLimitConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let limits = Arc::new(Limits::new(config)?);
        let limit = from_fn(move |request: Request, next: Next| {
            let limits = Arc::clone(&limits);
            async move {
                match limits.take(&request) {
                    Some(level) if level.wait.is_some() => refusal(&level),
                    None => next.run(request).await,
                    Some(level) => {
                        let mut response = next.run(request).await;
                        tell(&level, &mut response);
                        response
                    }
                }
            }
        });
        cx.contribute(Middleware::named(Self::NAME, limit).passes_bodies());
        Ok(())
    }
}

struct Limits {
    limits: Vec<Limit>,
    buckets: Buckets,
    keys: Fingerprints,
}

struct Limit {
    rate: Rate,
    header: Option<HeaderName>,
    paths: Vec<Parsed<PathPattern>>,
}

impl Limits {
    fn new(config: RateLimitConfig) -> Result<Self, String> {
        let limits = config.limits.into_iter().enumerate().map(|(at, it)| {
            let per = Duration::from(it.per);
            let rate = Rate::new(it.requests, per, it.burst.unwrap_or(it.requests));
            Ok(Limit {
                rate: rate.ok_or_else(|| format!("`limits[{at}].per` is {per:?}, a time from 1ns for each request to a year is expected"))?,
                header: it.header.map(|it| it.0),
                paths: it.paths,
            })
        });
        let limits: Vec<Limit> = limits.collect::<Result<_, String>>()?;
        let slowest = limits.iter().map(|it| it.rate.refill()).max();
        Ok(Self {
            buckets: Buckets::new(config.max_clients, slowest.unwrap_or_default()),
            limits,
            keys: Fingerprints::default(),
        })
    }

    /// Takes a request out of the buckets that it falls under; the level of the one that is
    /// nearest to its end. `None` where no limit is meant.
    fn take(&self, request: &Request) -> Option<Level> {
        let path = segments(request.uri().path());
        let mut tightest: Option<Level> = None;
        for (at, limit) in self.limits.iter().enumerate() {
            if !limit.paths.is_empty() && !covers(&limit.paths, &path) {
                continue;
            }
            let key = self.key(at, limit, request);
            let level = self.buckets.take(key, &limit.rate);
            if level.wait.is_some() {
                return Some(level);
            }
            if tightest.as_ref().is_none_or(|it| level.left < it.left) {
                tightest = Some(level);
            }
        }
        tightest
    }

    /// Who asks, under this limit.
    fn key(&self, at: usize, limit: &Limit, request: &Request) -> u128 {
        let named = limit
            .header
            .as_ref()
            .and_then(|it| request.headers().get(it));
        let address = named.is_none().then(|| address(request));
        self.keys
            .of((at, named.map(HeaderValue::as_bytes), address))
    }
}

/// A client of IPv6 has a network of its own, and as many addresses as it likes.
fn address(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(match peer.0.ip().to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip => ip,
    })
}

fn refusal(level: &Level) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "too many requests\n").into_response();
    tell(level, &mut response);
    let wait = seconds(level.wait.unwrap_or_default()).max(1);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

/// The headers of draft-ietf-httpapi-ratelimit-headers, in the form that clients know.
fn tell(level: &Level, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert("ratelimit-limit", HeaderValue::from(level.burst));
    headers.insert("ratelimit-remaining", HeaderValue::from(level.left));
    headers.insert("ratelimit-reset", HeaderValue::from(seconds(level.full)));
}

/// Whole seconds, rounded up: who waits so long has waited long enough.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
