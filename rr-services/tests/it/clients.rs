//! What PHP calls: a worker that uses the clients of the PHP library on its own server.

use rr_core::ServerBuilder;
use rr_services::{AppLogger, Lock, Rpc, Supervisor};
use serde_json::{Value, json};

use crate::{
    client::request,
    server::{APP, Running, config, free_port, run, with_services},
};

pub(crate) const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/clients.php");

/// What PHP calls goes before `http`, so that it ends after it.
pub(crate) fn all_services(first: ServerBuilder) -> ServerBuilder {
    let called = first.service(Rpc).service(Lock).service(AppLogger);
    with_services(called).service(Supervisor)
}

/// A server of two workers that make calls; `more` are further sections.
pub(crate) async fn start(more: &str) -> Running {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, "  pool: {num_workers: 2}").replace(APP, CLIENTS) + more;
    run(all_services(ServerBuilder::default()), http, rpc, &text)
        .await
        .unwrap()
}

/// Has a worker make calls, each a client, a method and its arguments; their results.
pub(crate) async fn calls(http: std::net::SocketAddr, calls: Value) -> Value {
    let body = calls.to_string();
    request(http, "POST", "/", "", body.as_bytes()).await.json()
}

#[tokio::test]
async fn locks() {
    let server = start("").await;
    let results = calls(
        server.http,
        json!([
            ["locks", "lock", ["till", "ann", 60.0]],
            ["locks", "lock", ["till", "bob", 60.0, 0.01]],
            ["locks", "exists", ["till", "ann"]],
            ["locks", "exists", ["till", "bob"]],
            ["locks", "exists", ["till"]],
            ["locks", "updateTtl", ["till", "ann", 1.5]],
            ["locks", "updateTtl", ["till", "bob", 1.5]],
            ["locks", "release", ["till", "bob"]],
            ["locks", "release", ["till", "ann"]],
            ["locks", "exists", ["till"]],
            ["locks", "lockRead", ["till", "ann"]],
            ["locks", "lockRead", ["till", "bob"]],
            ["locks", "lock", ["till", "ann"]],
            ["locks", "release", ["till", "bob"]],
            ["locks", "lock", ["till", "ann"]],
            ["locks", "forceRelease", ["till"]],
            ["locks", "forceRelease", ["till"]],
            ["locks", "lock", ["till", ""]],
        ]),
    )
    .await;
    let expected = json!([
        true, false, true, false, true, true, false, false, true, false, true, true, false, true,
        true, true, false, {"error": "empty ID is not allowed"},
    ]);
    assert_eq!(results, expected);
    server.stop().await;
}

#[tokio::test]
async fn a_lock_passes_from_one_worker_to_the_other() {
    let server = start("").await;
    let http = server.http;
    let taken = calls(http, json!([["locks", "lock", ["till", "ann", 60.0]]])).await;
    assert_eq!(taken, json!([true]));
    let waits = json!([["locks", "lock", ["till", "bob", 60.0, 60.0]]]);
    let waits = tokio::spawn(calls(http, waits));
    // The other worker gets it sooner or later: bob stands in the queue or takes it at once.
    let released = calls(http, json!([["locks", "release", ["till", "ann"]]])).await;
    assert_eq!(released, json!([true]));
    assert_eq!(waits.await.unwrap(), json!([true]));
    server.stop().await;
}

#[tokio::test]
async fn workers_and_resets() {
    let server = start("").await;
    let asks = json!([
        ["informer", "services", []],
        ["informer", "workers", ["http"]],
        ["informer", "workers", ["nope"]],
        ["informer", "load", ["http"]],
        ["informer", "addWorker", ["http"]],
        ["informer", "load", ["http"]],
        ["informer", "removeWorker", ["http"]],
        ["resetter", "services", []],
        ["resetter", "reset", ["nope"]],
    ]);
    let results = calls(server.http, asks).await;
    assert_eq!(results[0], json!(["http"]));
    let workers = results[1].as_array().unwrap();
    let mut states: Vec<_> = workers.iter().map(|it| it["status"].as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, [Some("ready"), Some("working")]);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let created = workers[0]["created"].as_f64().unwrap();
    assert!((now - 60.0..=now).contains(&created), "{created}");
    assert_eq!(results[2], Value::Null);
    assert_eq!(results[3]["workers"], 2);
    assert_eq!(results[5]["workers"], 3);
    assert_eq!(results[7], json!(["http"]));
    let error = results[8]["error"].as_str().unwrap();
    assert!(error.ends_with("no such plugin: nope"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn programs() {
    let server = start("service: {}\n").await;
    let named = json!({"SHADE": "light blue"});
    let results = calls(
        server.http,
        json!([
            ["programs", "names", []],
            [
                "programs",
                "create",
                ["sleeper", "sleep 600", 2, 0, true, named, 1, 1, true]
            ],
            ["programs", "names", []],
            ["programs", "processes", ["sleeper"]],
            ["programs", "restart", ["sleeper"]],
            ["programs", "processes", ["sleeper"]],
            ["programs", "create", ["sleeper", "sleep 600"]],
            ["programs", "terminate", ["sleeper"]],
            ["programs", "terminate", ["sleeper"]],
            ["programs", "names", []],
        ]),
    )
    .await;
    assert_eq!(results[0], json!([]));
    assert_eq!(results[2], json!(["sleeper"]));
    let pids = |at: usize| -> Vec<u64> {
        let processes = results[at].as_array().unwrap();
        assert!(
            processes.iter().all(|it| it["command"] == "sleep 600"
                && it["fault"].is_null()
                && it["memory"].as_u64().unwrap() > 0),
            "{processes:?}"
        );
        processes
            .iter()
            .map(|it| it["pid"].as_u64().unwrap())
            .collect()
    };
    let (before, after) = (pids(3), pids(5));
    assert_eq!((before.len(), after.len()), (2, 2));
    assert!(after.iter().all(|it| !before.contains(it)));
    for at in [6, 8] {
        assert!(results[at]["error"].is_string(), "{results}");
    }
    assert_eq!(results[9], json!([]));
    server.stop().await;
}
