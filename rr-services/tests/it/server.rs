//! A whole server in the process of the test, stopped when the test is over.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use rr_core::{
    BoxError, Init, RunError, ServerBuilder, Service, StopSignals, WireError,
    config::{Config, Diagnostics},
    rpc::{Methods, Plain},
};
use rr_services::{
    BasicAuth, Gzip, Headers, Http, HttpMetrics, Informer, ProxyIpParser, RateLimit, RequestIds,
    Resetter, Rpc, Sendfile, Server, Static, TrustedHeaders,
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

pub(crate) const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/app.php");

/// A running server.
pub(crate) struct Running {
    pub(crate) http: SocketAddr,
    pub(crate) rpc: SocketAddr,
    signals: StopSignals,
    task: JoinHandle<Result<(), RunError>>,
}

/// A service of the project's own, as a shop would have it.
struct Shop;

impl Service for Shop {
    const NAME: &'static str = "shop";
    type Config = ();
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<()> {
        Some(())
    }

    fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
        let methods = Methods::new("shop");
        cx.contribute(methods.method("Double", async |Plain(n): Plain<i64>| Plain(2 * n)));
        Ok(())
    }
}

/// A port that nobody listens on, and that no other call of this process is given. It is none of
/// those that systems choose themselves: a client of another test could get one of these before
/// the server does.
pub(crate) fn free_port() -> SocketAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    loop {
        let call = CALLS.fetch_add(1, Relaxed);
        let spread = std::process::id().wrapping_mul(997).wrapping_add(call);
        let port = 10_000 + (spread % 22_000) as u16;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

pub(crate) fn services() -> ServerBuilder {
    with_services(rr_core::Server::builder().service(Rpc))
}

/// All but `rpc`, behind those that are there.
pub(crate) fn with_services(first: ServerBuilder) -> ServerBuilder {
    first
        .service(Server)
        .service(Http)
        .service(Static)
        .service(Headers)
        .service(Gzip)
        .service(Sendfile)
        .service(ProxyIpParser)
        .service(TrustedHeaders)
        .service(RequestIds)
        .service(BasicAuth)
        .service(RateLimit)
        .service(HttpMetrics)
        .service(Informer)
        .service(Resetter)
        .service(Shop)
}

/// The config of a small server: `more` stands below `http:`, indented by two.
pub(crate) fn config(http: SocketAddr, rpc: SocketAddr, more: &str) -> String {
    format!(
        "version: '3'\n\
         rpc:\n  listen: tcp://{rpc}\n\
         server:\n  command: [php, {APP}]\n  env:\n    app_colour: green\n\
         http:\n  address: {http}\n{more}\n"
    )
}

pub(crate) async fn start(more: &str) -> Running {
    let pool = "  pool:\n    num_workers: 2\n    destroy_timeout: 5s\n";
    let pool = if more.contains("pool:") { "" } else { pool };
    start_with(services(), &format!("{pool}{more}")).await
}

pub(crate) async fn start_with(builder: ServerBuilder, more: &str) -> Running {
    let (http, rpc) = (free_port(), free_port());
    run(builder, http, rpc, &config(http, rpc, more))
        .await
        .unwrap()
}

/// Starts a server, or tells why it did not start.
pub(crate) async fn run(
    builder: ServerBuilder,
    http: SocketAddr,
    rpc: SocketAddr,
    text: &str,
) -> Result<Running, String> {
    let config = Config::from_text(".rr.yaml", text).map_err(|it| it.to_string())?;
    let server = builder.build(&config, Diagnostics::default(), false);
    let server = server.map_err(|error: WireError| error.to_string())?;
    let signals = StopSignals::default();
    let (started, up) = oneshot::channel();
    let task = tokio::spawn(server.run(signals.clone(), move || started.send(()).unwrap()));
    match timeout(Duration::from_secs(20), up).await {
        Ok(Ok(())) => Ok(Running {
            http,
            rpc,
            signals,
            task,
        }),
        Ok(Err(_)) => Err(task.await.unwrap().unwrap_err().to_string()),
        Err(_elapsed) => panic!("neither up nor down after 20 s"),
    }
}

/// Runs a server that is told to stop after `time`, up or not; why it failed, where it did.
pub(crate) async fn run_then_stop(text: &str, time: Duration) -> Option<String> {
    let config = Config::from_text(".rr.yaml", text).unwrap();
    let server = services().build(&config, Diagnostics::default(), false);
    let signals = StopSignals::default();
    let task = tokio::spawn(server.unwrap().run(signals.clone(), || ()));
    tokio::time::sleep(time).await;
    signals.stop.cancel();
    let ended = timeout(Duration::from_secs(20), task).await;
    ended
        .expect("it stops")
        .unwrap()
        .err()
        .map(|it| it.to_string())
}

impl Running {
    pub(crate) async fn stop(self) {
        self.signals.stop.cancel();
        self.stopped_itself().await;
    }

    /// Waits for a stop that somebody else asked for.
    pub(crate) async fn stopped_itself(self) {
        let ended = timeout(Duration::from_secs(20), self.task).await;
        ended.expect("it stops").unwrap().unwrap();
    }
}
