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
mod live;
mod multipart;
mod outlet;
mod parts;
mod php;
mod proxy;
mod reload;
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

use axum::{Router, routing::MethodRouter};
use rr_core::{
    BoxError, Check, Init, Running, Service,
    cores::Cores,
    pool::{Event, Pool},
};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use crate::server::Workers;
use layer::unknown;
use parts::Parts;
use serve::Entrance;
use tls::Tls;

pub use attributes::Attributes;
pub use body::BodyConfig;
pub use config::{
    ClientAuth, ContextCodec, FcgiConfig, Http2Config, HttpConfig, LimitsConfig, SslConfig,
    TimeoutsConfig, UploadsConfig,
};
pub use layer::{HttpLayer, Middleware, MiddlewareExt, Stack};
pub use outlet::Outlet;
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
        let parts = Parts::new(&config, &workers)?;
        let (pool, keeper) = Pool::new(Self::NAME, parts.options.clone());
        let bus = cx.bus::<Event>();
        let keeper = keeper.telling(move |event| bus.tell(event));
        cx.contribute(pool.clone());
        let (middleware, routes) = (cx.collect::<Middleware>(), cx.collect::<Routes>());
        if let Some(routes) = self.routes {
            cx.contribute(Routes(routes));
        }
        let (names, listed) = (config.middleware.clone(), middleware.clone());
        cx.check(move |off| unknown(&names, &listed.all(), off));
        let served = reload::hook(cx, &pool, &workers);
        let tls = config.ssl.as_ref().map(Tls::load).transpose()?;
        let (places, size) = (Arc::clone(&workers), parts.options.workers);
        let serve = async move |running: Running, cores: Option<Cores>| {
            let entrances = Entrance::bind_all(&config).await?;
            let folders = Arc::clone(&parts.rules);
            spawn_blocking(move || folders.prepare_folders()).await.ok();
            let command = config.pool.command;
            let keeper = keeper.on(cores.clone());
            tokio::select! {
                started = workers.staff(&pool, keeper, Self::NAME, command) => started?,
                // The keeper takes along what is booting.
                () = running.stop.cancelled() => return Ok(()),
            }
            let live = Arc::new(parts.live(&pool, &middleware.all(), routes.all()));
            served.set(Arc::clone(&live)).ok();
            for entrance in &entrances {
                tracing::info!(target: "http", "listening on {}", entrance.describe());
            }
            running.ready.release();
            let stop = &running.stop;
            let connections = serve::run(entrances, live, tls, cores, stop).await;
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
        };
        cx.run(async move |running| {
            let Some(cores) = places.cores(size)? else {
                return serve(running, None).await;
            };
            // What is accepted there is served there, or handed over. In a set, it is cut off with this service.
            let mut served = JoinSet::new();
            served.spawn_on(serve(running, Some(cores.clone())), cores.first());
            served.join_next().await.expect("it was spawned")?
        });
        Ok(())
    }
}
