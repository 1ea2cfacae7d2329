//! HTTP in front of PHP workers.
//!
//! ```text
//! listener ── hyper ── middleware (tower layers) ── access log ┬─ Php ── pool of workers
//!                                                              └─ routes in Rust
//! ```

mod access_log;
mod attributes;
mod body;
mod config;
mod context;
mod cookies;
pub mod fcgi;
mod form;
mod head;
mod interim;
mod layer;
mod multipart;
mod php;
mod proxy;
mod request;
mod request_id;
mod response;
mod retry;
mod serve;
mod served;
mod spool;
mod target;
mod text;
mod tls;
mod uploads;

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
    routing::MethodRouter,
};
use http::StatusCode;
use rr_core::{
    BoxError, Check, Init, Service,
    pool::{Event, Keeper, Options, Pool},
    relay::Wire,
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use tower::Layer as _;

use crate::server::Workers;
use access_log::{AccessLogLayer, Details};
use body::BodyRules;
use layer::{unknown, wrap};
use php::Php;
use request::{LargeBodies, RequestRules};
use retry::SafeMethods;
use serve::{Entrance, Limits};
use spool::SpoolRules;
use tls::Tls;
use uploads::UploadRules;

pub use attributes::Attributes;
pub use body::BodyConfig;
pub use config::{
    ClientAuth, ContextCodec, FcgiConfig, Http2Config, HttpConfig, LimitsConfig, SslConfig,
    TimeoutsConfig, UploadsConfig,
};
pub use layer::{HttpLayer, Middleware, MiddlewareExt, Stack};
pub use proxy::Proxy;
pub use request_id::RequestId;
pub use retry::RetryConfig;
pub use serve::Secure;
pub use served::{Served, Unserved};
pub use spool::SpoolConfig;

/// The HTTP service. Its workers' `RR_MODE` is `http`.
///
/// `Http` alone is the service as it is; `Http::new()` begins one that answers some paths in Rust,
/// ahead of PHP and inside the middleware. What no route is meant for goes to PHP.
///
/// ```
/// use axum::{Json, extract::Path, routing::get};
/// use rr_core::Server;
/// use rr_services::Http;
///
/// async fn stock(Path(article): Path<String>) -> Json<u32> {
///     Json(article.len() as u32)
/// }
///
/// let server = Server::builder().service(rr_services::Server).service(
///     Http::new()
///         .route("/health", get(|| async { "fine" }))
///         .route("/stock/{article}", get(stock)),
/// );
/// # drop(server);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Http {
    routes: Option<Router>,
}

/// The HTTP service without routes of its own, as generated servers list it.
#[expect(
    non_upper_case_globals,
    reason = "a value that reads as its type, as a unit struct does"
)]
pub const Http: Http = Http::new();

/// Paths answered in Rust, ahead of PHP; what a service contributes where it has some.
///
/// ```
/// use axum::{Router, routing::get};
/// use rr_core::{BoxError, Init, Service};
/// use rr_services::http::Routes;
///
/// struct Health;
///
/// impl Service for Health {
///     const NAME: &'static str = "health";
///     type Config = ();
///     type Needs = ();
///     type Offers = ();
///
///     fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
///         let routes = Router::new().route("/health", get(|| async { "fine" }));
///         cx.contribute(Routes(routes));
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Routes(pub Router);

impl Http {
    /// One that has no route yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { routes: None }
    }

    /// Answers a path in Rust, as [`Router::route`] does: `/stock/{article}`, `/files/{*rest}`.
    /// Methods that `answer` has no handler for are answered 405.
    ///
    /// # Panics
    /// If the path is none, or has a route for the same method.
    #[must_use]
    pub fn route(self, path: &str, answer: MethodRouter) -> Self {
        let routes = self.routes.unwrap_or_default().route(path, answer);
        Self {
            routes: Some(routes),
        }
    }

    /// Adds all routes of a router, with the layers around them.
    ///
    /// # Panics
    /// If there is a route for the same path and method already.
    #[must_use]
    pub fn routes(self, more: Router) -> Self {
        let routes = self.routes.unwrap_or_default().merge(more);
        Self {
            routes: Some(routes),
        }
    }
}

/// How long a stop waits for connections before it turns to the workers: a client that never
/// finishes its request is not to use up the grace period that workers need to end in good order.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the last answers may take to their clients, once no worker is left.
const FAREWELL: Duration = Duration::from_secs(1);

impl Service for Http {
    const NAME: &'static str = "http";
    type Config = HttpConfig;
    type Needs = Arc<Workers>;
    type Offers = ();

    fn check(config: &HttpConfig, cx: &mut Check<'_>) {
        let ssl = config.ssl.iter().flat_map(|it| &it.address);
        let fcgi = config.fcgi.iter().flat_map(|it| &it.address);
        for (at, address) in config.address.iter().enumerate() {
            cx.listens(&format!("address[{at}]"), address);
        }
        for (at, address) in ssl.enumerate() {
            cx.listens(&format!("ssl.address[{at}]"), address);
        }
        for (at, address) in fcgi.enumerate() {
            cx.listens(&format!("fcgi.address[{at}]"), address);
        }
    }

    fn init(
        self,
        config: HttpConfig,
        workers: Arc<Workers>,
        cx: &mut Init,
    ) -> Result<(), BoxError> {
        let options = Options {
            // While an application is debugged, what makes it end is what its author looks for.
            attempts: match config.pool.debug {
                true => 1,
                false => config.retry.attempts.get(),
            },
            ..config.pool.options()?
        };
        let safe = Arc::new(SafeMethods::new(&config.retry)?);
        let (pool, keeper) = Pool::new(Self::NAME, options);
        let bus = cx.bus::<Event>();
        let keeper = keeper.telling(move |event| bus.tell(event));
        cx.contribute(pool.clone());
        let (middleware, routes) = (cx.collect::<Middleware>(), cx.collect::<Routes>());
        if let Some(routes) = self.routes {
            cx.contribute(Routes(routes));
        }
        let (names, listed) = (config.middleware.clone(), middleware.clone());
        cx.check(move |off| unknown(&names, &listed.all(), off));
        let rules = rules(&config, &workers)?;
        let limits = limits(&config)?;
        let tls = config.ssl.as_ref().map(Tls::load).transpose()?;
        cx.run(async move |running| {
            let entrances = Entrance::bind_all(&config).await?;
            let rules = Arc::new(rules);
            let folders = Arc::clone(&rules);
            spawn_blocking(move || folders.prepare_folders()).await.ok();
            tokio::select! {
                started = start(keeper, &config, &workers) => started?,
                // The keeper takes along what is booting.
                () = running.stop.cancelled() => return Ok(()),
            }
            let php = Php {
                pool: pool.clone(),
                rules,
                safe,
                failed: StatusCode::from_u16(config.internal_error_code)?,
                debug: config.pool.debug,
            };
            let log = AccessLogLayer::new(Details {
                detailed: config.access_logs,
                timings: config.access_log_timings,
            });
            let bottom = logged(log, php, routes.all());
            let stack = wrap(bottom, &config.middleware, &middleware.all());
            for entrance in &entrances {
                tracing::info!(target: "http", "listening on {}", entrance.describe());
            }
            running.ready.release();
            let stop = &running.stop;
            let connections = serve::run(entrances, stack, tls, &config.http2, limits, stop).await;
            let succession = &running.succession;
            if succession.is_handed_over() {
                connections.retire(succession.patience()).await;
            }
            let mut finished = pin!(connections.close());
            let all = timeout(DRAIN, &mut finished).await.is_ok();
            pool.stop().await;
            if !all {
                timeout(FAREWELL, finished).await.ok();
            }
            Ok(())
        });
        Ok(())
    }
}

fn rules(config: &HttpConfig, workers: &Workers) -> Result<RequestRules, String> {
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
    Ok(RequestRules {
        codec: config.codec,
        raw_body: config.raw_body,
        body: BodyRules {
            max_size: size,
            limits: config.body.clone(),
        },
        spool: SpoolRules::new(&config.spool),
        large: LargeBodies {
            places: Arc::new(Semaphore::new(config.pool.options()?.workers)),
            patience: config.pool.allocate_timeout.into(),
        },
        uploads: UploadRules::new(config.uploads.clone(), workers.user()),
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

async fn start(keeper: Keeper, config: &HttpConfig, workers: &Workers) -> Result<(), BoxError> {
    let spawner = workers.spawner(Http::NAME, config.pool.command.as_ref());
    Ok(keeper.start(spawner).await?)
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

/// Leaves in the response which route it came from.
async fn tell_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}
