//! Health and readiness, over HTTP and from PHP.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use rr_core::{
    BoxError, Init, ServerBuilder, Service,
    probe::{Condition, Probe},
    rpc::Client,
};
use rr_services::Status;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::{Reply, get, raw, request},
    clients::{CLIENTS, all_services, calls},
    server::{APP, Running, config, free_port, run},
};

/// A service whose condition its section says.
struct Stock;

impl Service for Stock {
    const NAME: &'static str = "stock";
    type Config = String;
    type Needs = ();
    type Offers = ();

    fn init(self, is: String, (): (), cx: &mut Init) -> Result<(), BoxError> {
        cx.contribute(Probe::new("stock", move || {
            let is = is.clone();
            async move {
                match &*is {
                    "ready" => Condition::Ready,
                    "busy" => Condition::Busy("counting".to_owned()),
                    "down" => Condition::Down("burnt".to_owned()),
                    _ => std::future::pending().await,
                }
            }
        }));
        Ok(())
    }
}

struct Shop {
    server: Running,
    status: SocketAddr,
}

/// `status` are further lines of its section.
async fn start(stock: &str, status: &str, pool: &str) -> Shop {
    let builder = ServerBuilder::default().service(Status).service(Stock);
    let (http, rpc, address) = (free_port(), free_port(), free_port());
    let text = config(http, rpc, &format!("  pool: {{{pool}}}")).replace(APP, CLIENTS);
    let text = format!("{text}status:\n  address: {address}\n{status}\nstock: {stock}\n");
    Shop {
        server: run(all_services(builder), http, rpc, &text).await.unwrap(),
        status: address,
    }
}

impl Shop {
    async fn get(&self, path: &str) -> Reply {
        get(self.status, path).await
    }

    /// The status of an answer and its lines.
    async fn check(&self, path: &str, status: u16, lines: Value) {
        let reply = self.get(path).await;
        assert_eq!((reply.status, reply.json()), (status, lines), "{path}");
        assert_eq!(reply.header("content-type"), ["application/json"]);
    }
}

fn fine(plugin: &str) -> Value {
    json!({"plugin_name": plugin, "error_message": "", "status_code": 200})
}

fn bad(plugin: &str, code: u16, why: &str) -> Value {
    json!({"plugin_name": plugin, "error_message": why, "status_code": code})
}

#[tokio::test]
async fn all_is_well() {
    let shop = start("ready", "", "num_workers: 2").await;
    for path in ["/health", "/ready"] {
        shop.check(path, 200, json!([fine("http"), fine("stock")]))
            .await;
        let one = format!("{path}?plugin=http");
        shop.check(&one, 200, json!([fine("http")])).await;
        let both = format!("{path}?plugin=stock&plugin=http");
        shop.check(&both, 200, json!([fine("http"), fine("stock")]))
            .await;
        let nobody = format!("{path}?plugin=nope");
        shop.check(&nobody, 200, json!([])).await;
    }
    shop.check("/jobs?plugin=jobs", 200, json!([])).await;
    assert_eq!(shop.get("/").await.status, 404);
    let posted = request(shop.status, "POST", "/health", "", b"").await;
    assert_eq!(posted.status, 405);
    shop.server.stop().await;
}

#[tokio::test]
async fn one_no_is_a_no() {
    let status = "  unavailable_status_code: 429";
    let shop = start("busy", status, "num_workers: 1").await;
    shop.check("/health", 200, json!([fine("http"), fine("stock")]))
        .await;
    let counting = json!([fine("http"), bad("stock", 429, "counting")]);
    shop.check("/ready", 429, counting).await;
    shop.server.stop().await;

    let shop = start("down", "", "num_workers: 1").await;
    let burnt = json!([fine("http"), bad("stock", 503, "burnt")]);
    shop.check("/health", 503, burnt.clone()).await;
    shop.check("/ready", 503, burnt).await;
    shop.server.stop().await;

    let shop = start("mute", "  check_timeout: 1", "num_workers: 1").await;
    let mute = json!([bad("stock", 503, "no answer within 1s")]);
    shop.check("/health?plugin=stock", 503, mute).await;
    shop.server.stop().await;
}

#[tokio::test]
async fn workers_on_demand_are_ready() {
    let shop = start("ready", "", "debug: true").await;
    shop.check("/ready?plugin=http", 200, json!([fine("http")]))
        .await;
    shop.server.stop().await;
}

#[tokio::test]
async fn php_asks() {
    let shop = start("busy", "", "num_workers: 1").await;
    let asks = json!([
        ["status", "health", ["http"]],
        ["status", "readiness", ["http"]],
        ["status", "health", ["stock"]],
        ["status", "readiness", ["stock"]],
        ["status", "health", ["nope"]],
        ["status", "readiness", ["nope"]],
    ]);
    let fine = json!({"code": 200, "message": ""});
    let unknown = json!({"error": "no such plugin: nope"});
    let expected = json!([
        fine,
        // The only worker is the one that asks.
        {"code": 503, "message": "all workers are busy"},
        fine,
        {"code": 503, "message": "counting"},
        unknown,
        unknown,
    ]);
    assert_eq!(calls(shop.server.http, asks).await, expected);
    shop.server.stop().await;
}

#[tokio::test]
async fn readiness_ends_before_the_listener_does() {
    let status = "  drain_delay: 2s";
    let shop = start("ready", status, "num_workers: 1").await;
    let (http, address) = (shop.server.http, shop.status);
    let stop = tokio::spawn(shop.server.stop());
    let refused = loop {
        let reply = get(address, "/ready").await;
        if reply.status == 503 {
            break reply;
        }
    };
    assert_eq!(refused.text(), "service is shutting down");
    // All the while requests are taken, and nobody is to kill the server.
    let works = calls(http, json!([["status", "readiness", ["http"]]])).await;
    let expected = json!([{"code": 503, "message": "service is shutting down"}]);
    assert_eq!(works, expected);
    let health = get(address, "/health").await;
    assert_eq!(
        (health.status, health.text()),
        (200, "service is shutting down")
    );
    assert_eq!(get(address, "/jobs").await.status, 503);
    stop.await.unwrap();
    TcpStream::connect(http).await.unwrap_err();
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_status_that_says_yes_is_refused() {
    let (http, rpc) = (free_port(), free_port());
    let status = "status: {address: '127.0.0.1:0', unavailable_status_code: 204}\n";
    let text = config(http, rpc, "") + status;
    let builder = all_services(ServerBuilder::default().service(Status));
    let refused = run(builder, http, rpc, &text).await.map(drop).unwrap_err();
    let expected = "`unavailable_status_code` is 204, a status from 400 to 599 is expected";
    assert!(refused.contains(expected), "{refused}");
}

#[tokio::test]
async fn clients_that_say_nothing_or_nonsense_harm_nobody() {
    let shop = start("ready", "", "num_workers: 1").await;
    let _mute = TcpStream::connect(shop.status).await.unwrap();
    let mut half = TcpStream::connect(shop.status).await.unwrap();
    half.write_all(b"GET /health HTTP/1.1\r\nHo").await.unwrap();
    let nonsense = raw(shop.status, b"\x16\x03\x01 what?\r\n\r\n").await;
    assert!(nonsense.starts_with(b"HTTP/1.1 400 "), "{nonsense:?}");
    let long = [
        b"GET /health?plugin=",
        &*vec![b'x'; 1 << 20],
        b" HTTP/1.1\r\n\r\n",
    ]
    .concat();
    let long = raw(shop.status, &long).await;
    assert!(
        long.is_empty() || long.starts_with(b"HTTP/1.1 4"),
        "{long:?}"
    );
    shop.check("/health?plugin=http", 200, json!([fine("http")]))
        .await;
    // Neither holds up the stop.
    shop.server.stop().await;
}

/// Asks until the answer is `status`.
async fn comes_to(shop: &Shop, path: &str, status: u16) {
    let limit = Instant::now() + Duration::from_secs(10);
    while shop.get(path).await.status != status {
        assert!(Instant::now() < limit, "{path} never became {status}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn checks_are_answered_during_a_reset() {
    let shop = start("ready", "", "num_workers: 1").await;
    let http = shop.server.http;
    let taken = calls(http, json!([["locks", "lock", ["till", "ann"]]])).await;
    assert_eq!(taken, json!([true]));
    // The only worker waits for the lock, and the reset for the worker.
    let waits = json!([["locks", "lock", ["till", "bob", null, 60.0]]]);
    let waits = tokio::spawn(calls(http, waits));
    comes_to(&shop, "/ready?plugin=http", 503).await;
    shop.check("/health?plugin=http", 200, json!([fine("http")]))
        .await;
    let rpc = format!("tcp://{}", shop.server.rpc).parse().unwrap();
    let mut client = Client::connect(&rpc).await.unwrap();
    let reset = tokio::spawn(async move { client.call::<bool>("resetter.Reset", &"http").await });
    // Its successor is there.
    comes_to(&shop, "/ready?plugin=http", 200).await;
    assert!(!reset.is_finished());
    let released = calls(http, json!([["locks", "release", ["till", "ann"]]])).await;
    assert_eq!(released, json!([true]));
    assert_eq!(waits.await.unwrap(), json!([true]));
    assert!(reset.await.unwrap().unwrap());
    shop.server.stop().await;
}
