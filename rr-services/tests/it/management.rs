//! Workers told, added, removed and reset over RPC: a whole server with real PHP workers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rr_core::{
    BoxError, Init, Server, Service, StopSignals,
    config::{Config, Diagnostics},
    pool::{Options, Pool, Spawner, WorkerCommand},
    relay::Wire,
    rpc::{Client, RpcAddress, Workers},
};
use rr_services::{Informer, Resetter, Rpc};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{sync::oneshot, task::JoinHandle};

const PUPPET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../rr-core/tests/workers/puppet.php"
);

/// A service with a pool of two workers, which tells the test where RPC listens.
struct Shop(oneshot::Sender<String>);

#[derive(Deserialize, JsonSchema)]
struct ShopConfig {}

impl Service for Shop {
    const NAME: &'static str = "shop";
    type Config = ShopConfig;
    type Needs = Arc<RpcAddress>;
    type Offers = ();

    fn absent() -> Option<ShopConfig> {
        Some(ShopConfig {})
    }

    fn init(self, _: ShopConfig, rpc: Arc<RpcAddress>, cx: &mut Init) -> Result<(), BoxError> {
        let (pool, keeper) = Pool::new("shop", options());
        cx.contribute(pool.clone());
        cx.run(async move |running| {
            keeper.start(spawner()).await?;
            running.ready.release();
            self.0.send(rpc.dsn()).ok();
            running.stop.cancelled().await;
            pool.stop().await;
            Ok(())
        });
        Ok(())
    }
}

fn options() -> Options {
    let limit = Duration::from_secs(10);
    Options {
        workers: 2,
        allocate_timeout: limit,
        destroy_timeout: limit,
        reset_timeout: limit,
        ..Options::default()
    }
}

fn spawner() -> Spawner {
    Spawner {
        command: WorkerCommand {
            program: "php".into(),
            args: vec![PUPPET.into()],
            env: vec![],
            user: None,
        },
        listener: None,
        wire: Wire::default(),
        zygote: false,
    }
}

struct Started {
    client: Client,
    signals: StopSignals,
    ended: JoinHandle<()>,
}

impl Started {
    async fn new() -> Self {
        let (tell, told) = oneshot::channel();
        let config = Config::from_text(".rr.yaml", "rpc: {listen: 'tcp://127.0.0.1:0'}").unwrap();
        let server = Server::builder()
            .service(Rpc)
            .service(Informer)
            .service(Resetter)
            .service(Shop(tell))
            .build(&config, Diagnostics::default(), false)
            .unwrap();
        let signals = StopSignals::default();
        let running = server.run(signals.clone(), || ());
        let ended = tokio::spawn(async { running.await.unwrap() });
        let address = told.await.unwrap().parse().unwrap();
        Self {
            client: Client::connect(&address).await.unwrap(),
            signals,
            ended,
        }
    }

    async fn pids(&mut self) -> Vec<u32> {
        let answer: Workers = self.client.call("informer.Workers", &"shop").await.unwrap();
        answer.workers.unwrap().iter().map(|it| it.pid).collect()
    }

    /// A worker that was taken away is told until its process has ended.
    async fn comes_to(&mut self, count: usize) {
        let limit = Instant::now() + Duration::from_secs(5);
        while self.pids().await.len() != count {
            assert!(Instant::now() < limit, "never {count} workers");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn fails(&mut self, method: &str, argument: &str) -> String {
        let failed = self.client.call::<bool>(method, &argument).await;
        failed.unwrap_err().to_string()
    }

    async fn stop(self) {
        self.signals.stop.cancel();
        self.ended.await.unwrap();
    }
}

#[tokio::test]
async fn workers_are_told() {
    let mut server = Started::new().await;
    let client = &mut server.client;
    let names: Vec<String> = client.call("informer.List", &true).await.unwrap();
    assert_eq!(names, ["shop"]);
    let answer: Workers = client.call("informer.Workers", &"shop").await.unwrap();
    let workers = answer.workers.unwrap();
    assert_eq!(workers.len(), 2);
    for worker in workers {
        assert!(worker.pid > 0 && worker.memory_usage > 1_000_000);
        assert_eq!((worker.status, &*worker.status_str), (1, "ready"));
        assert!(worker.created > 1_700_000_000_000_000_000, "nanoseconds");
    }
    let unknown: Workers = client.call("informer.Workers", &"nope").await.unwrap();
    assert_eq!(unknown.workers, None);
    let jobs: Option<bool> = client.call("informer.Jobs", &"jobs").await.unwrap();
    assert_eq!(jobs, None);
    server.stop().await;
}

/// A client that knows nothing of it reads the record as ever.
#[tokio::test]
async fn an_idle_worker_is_told_by_eight_fields() {
    let mut server = Started::new().await;
    let answer = server.client.call("informer.Workers", &"shop").await;
    let answer: serde_json::Value = answer.unwrap();
    assert_eq!(answer["workers"][0].as_object().unwrap().len(), 8);
    server.stop().await;
}

#[tokio::test]
async fn workers_are_added_and_removed_down_to_the_last() {
    let mut server = Started::new().await;
    let added = server.client.call::<bool>("informer.AddWorker", &"shop");
    assert!(!added.await.unwrap(), "success is `false`");
    assert_eq!(server.pids().await.len(), 3);
    for left in [2, 1, 1] {
        let removed = server.client.call::<bool>("informer.RemoveWorker", &"shop");
        assert!(!removed.await.unwrap());
        server.comes_to(left).await;
    }
    for method in ["informer.AddWorker", "informer.RemoveWorker"] {
        assert_eq!(
            server.fails(method, "nope").await,
            "plugin nope does not support workers management"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_reset_replaces_every_worker() {
    let mut server = Started::new().await;
    let before = server.pids().await;
    let names: Vec<String> = server.client.call("resetter.List", &true).await.unwrap();
    assert_eq!(names, ["shop"]);
    let reset = server.client.call::<bool>("resetter.Reset", &"shop");
    assert!(reset.await.unwrap());
    let after = server.pids().await;
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|pid| !before.contains(pid)));
    assert_eq!(
        server.fails("resetter.Reset", "nope").await,
        "resetter_rpc_reset:\n\tresetter_plugin_reset_by_name: no such plugin: nope"
    );
    server.stop().await;
}

#[tokio::test]
async fn version_and_config() {
    let mut server = Started::new().await;
    let version: String = server.client.call("rpc.Version", &true).await.unwrap();
    assert_eq!(version, "2025.1.15");
    let config: String = server.client.call("rpc.Config", &true).await.unwrap();
    // In base64, as PHP gets it: {"rpc":{"listen":"tcp://127.0.0.1:0"}}
    assert_eq!(
        config,
        "eyJycGMiOnsibGlzdGVuIjoidGNwOi8vMTI3LjAuMC4xOjAifX0="
    );
    server.stop().await;
}
