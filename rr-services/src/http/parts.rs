//! From the section to what requests go through: checked, and with its defaults.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use http::StatusCode;
use rr_core::{
    BoxError,
    pool::{Options, Pool},
    relay::Wire,
};
use tokio::sync::Semaphore;
use tower::Layer as _;

use super::{
    Routes,
    access_log::{AccessLogLayer, Details},
    body::BodyRules,
    config::{ContextCodec, HttpConfig},
    layer::{Middleware, Stack, Wrapped, wrap},
    live::{CurrentStack, Live, Terms},
    php::Php,
    request::{LargeBodies, RequestRules},
    retry::SafeMethods,
    serve::{Limits, Protocols},
    spool::SpoolRules,
    uploads::UploadRules,
};
use crate::server::Workers;

/// What the section comes to.
pub(super) struct Parts {
    pub(super) options: Options,
    pub(super) rules: Arc<RequestRules>,
    safe: Arc<SafeMethods>,
    failed: StatusCode,
    debug: bool,
    details: Details,
    /// Of middleware, the outermost first.
    names: Vec<String>,
    terms: Terms,
}

impl Parts {
    /// # Errors
    /// When a value, valid in form, cannot be carried out.
    pub(super) fn new(config: &HttpConfig, workers: &Workers) -> Result<Self, BoxError> {
        Self::after(config, workers, None)
    }

    /// The same for a service that runs, whose requests go by `earlier` until now.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub(super) fn after(
        config: &HttpConfig,
        workers: &Workers,
        earlier: Option<&RequestRules>,
    ) -> Result<Self, BoxError> {
        let options = Options {
            // While an application is debugged, what makes it end is what its author looks for.
            attempts: match config.pool.debug {
                true => 1,
                false => config.retry.attempts.get(),
            },
            ..config.pool.options()?
        };
        let safe = Arc::new(SafeMethods::new(&config.retry)?);
        let rules = Arc::new(rules(config, workers, earlier)?);
        let limits = limits(config)?;
        Ok(Self {
            options,
            rules,
            safe,
            failed: StatusCode::from_u16(config.internal_error_code)?,
            debug: config.pool.debug,
            details: Details {
                detailed: config.access_logs,
                timings: config.access_log_timings,
            },
            names: config.middleware.clone(),
            terms: Terms {
                protocols: Arc::new(Protocols::new(&config.http2, &limits)),
                limits: Arc::new(limits),
            },
        })
    }

    /// What requests go through from now on.
    pub(super) fn live(self, pool: &Pool, middleware: &[Middleware], routes: Vec<Routes>) -> Live {
        Live {
            stack: CurrentStack::new(self.stack(pool, middleware, routes)),
            terms: ArcSwap::from_pointee(self.terms),
            rules: ArcSwap::new(self.rules),
        }
    }

    /// The same, put in the place of what was there.
    pub(super) fn replace(self, live: &Live, stack: Wrapped) {
        live.stack.set(stack);
        live.terms.store(Arc::new(self.terms));
        live.rules.store(self.rules);
    }

    /// PHP with all that is around it.
    pub(super) fn stack(
        &self,
        pool: &Pool,
        middleware: &[Middleware],
        routes: Vec<Routes>,
    ) -> Wrapped {
        let php = Php {
            pool: pool.clone(),
            rules: Arc::clone(&self.rules),
            safe: Arc::clone(&self.safe),
            failed: self.failed,
            debug: self.debug,
        };
        let log = AccessLogLayer::new(self.details);
        wrap(logged(log, php, routes), &self.names, middleware)
    }
}

/// PHP, behind the routes that Rust answers itself where there are any; the log tells of both.
fn logged(log: AccessLogLayer, php: Php, routes: Vec<Routes>) -> Stack {
    match routes.into_iter().map(|it| it.0).reduce(Router::merge) {
        Some(routes) => {
            let routes = routes.layer(from_fn(tell_route));
            Stack::new(log.layer(routes.fallback_service(php)))
        }
        None => Stack::new(log.layer(php)),
    }
}

/// Leaves in the response which route it came from, for whoever tells of it.
async fn tell_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Of what was there before, `earlier` has what requests share.
fn rules(
    config: &HttpConfig,
    workers: &Workers,
    earlier: Option<&RequestRules>,
) -> Result<RequestRules, String> {
    /// What a `max_request_size` of 0 stands for.
    const DEFAULT_SIZE: u64 = 1000 << 20;
    /// Of the 4 GiB of a frame the head of a request takes its share.
    const LARGEST_SIZE: u64 = 4095 << 20;

    if !(400..600).contains(&config.internal_error_code) {
        let code = config.internal_error_code;
        return Err(format!(
            "`internal_error_code` is {code}, a status from 400 to 599 is expected"
        ));
    }
    if workers.wire() == Wire::Packages && config.codec == ContextCodec::Protobuf {
        return Err(
            "`codec` is `protobuf`, which workers that speak `goridge-v2` do not read\nhelp: remove `http.codec`".to_owned(),
        );
    }
    let size = match config.max_request_size.bytes() {
        0 => DEFAULT_SIZE,
        size => size,
    };
    if size > LARGEST_SIZE {
        return Err(format!(
            "`max_request_size` is {} megabytes, more than fits into the one frame that a worker gets a request in\nhelp: give 4095 at most",
            config.max_request_size.get(),
        ));
    }
    let size_of_pool = config.pool.options()?.workers;
    let places = match earlier {
        Some(it) if it.large.number == size_of_pool => Arc::clone(&it.large.places),
        _ => Arc::new(Semaphore::new(size_of_pool)),
    };
    Ok(RequestRules {
        codec: config.codec,
        raw_body: config.raw_body,
        body: BodyRules {
            max_size: size,
            limits: config.body.clone(),
        },
        spool: match earlier {
            Some(it) => it.spool.with(&config.spool),
            None => SpoolRules::new(&config.spool),
        },
        large: LargeBodies {
            places,
            number: size_of_pool,
            patience: config.pool.allocate_timeout.into(),
        },
        uploads: match earlier {
            Some(it) => it.uploads.with(config.uploads.clone()),
            None => UploadRules::new(config.uploads.clone(), workers.user()),
        },
    })
}

/// Checks what concerns connections.
fn limits(config: &HttpConfig) -> Result<Limits, String> {
    let nowhere = config.address.is_empty()
        && config.ssl.as_ref().is_none_or(|it| it.address.is_empty())
        && config.fcgi.as_ref().is_none_or(|it| it.address.is_empty());
    if nowhere {
        return Err(
            "`http` has no address to listen on\nhelp: give `http.address`, `http.ssl.address` or `http.fcgi.address`".to_owned()
        );
    }
    if config.http2.max_concurrent_streams == 0 {
        return Err("`http.http2.max_concurrent_streams` is 0, at least 1 is expected".to_owned());
    }
    match config.socket_mode {
        Some(mode) if mode > 0o777 => Err(format!(
            "`http.socket_mode` is {mode}, in octal {mode:o}, which is no mode of a file\nhelp: write it with a leading zero: `0660`"
        )),
        _ => Limits::new(&config.timeouts, &config.limits),
    }
}
