//! RPC of applications that use goridge 2, from a client in PHP: the same port, the same methods.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

use crate::{
    client::get,
    server::{Running, start},
};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/legacy_rpc.php");
const JSON: &str = "0";
const RAW: &str = "4";

/// The answers to several calls on one connection.
async fn call(rpc: SocketAddr, calls: &[[&str; 3]]) -> Vec<String> {
    let mut command = Command::new("php");
    command.args([CLIENT, &format!("tcp://{rpc}")]);
    command.args(calls.concat()).stdin(Stdio::null());
    let output = timeout(Duration::from_secs(20), command.output());
    let output = output.await.expect("it is answered").unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

async fn workers(server: &Running) -> Vec<Value> {
    let answers = call(server.rpc, &[["http.Workers", JSON, "true"]]).await;
    let json = answers[0].strip_prefix("json ").unwrap();
    let answer: Value = serde_json::from_str(json).unwrap();
    answer["workers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn methods_of_services_in_json_and_in_bytes() {
    let server = start("").await;
    let answers = call(
        server.rpc,
        &[
            ["shop.Double", JSON, "21"],
            ["shop.Double", RAW, "4"],
            ["rpc.Version", JSON, "true"],
            ["http.Nope", JSON, "true"],
            ["nope.Nope", JSON, "true"],
            ["shop.Double", JSON, "[]"],
            ["shop.Double", JSON, "1"],
        ],
    )
    .await;
    assert!(answers[5].starts_with("error invalid type"), "{answers:?}");
    let rest = [&answers[..5], &answers[6..]].concat();
    let expected = [
        "json 42",
        "json 8",
        "json \"2025.1.15\"",
        "error rpc: can't find method http.Nope",
        "error rpc: can't find service nope.Nope",
        "json 2",
    ];
    assert_eq!(rest, expected);
    let config = call(server.rpc, &[["rpc.Config", JSON, "true"]]).await;
    assert!(config[0].starts_with("raw {\"version\":"), "{config:?}");
    server.stop().await;
}

#[tokio::test]
async fn http_workers_and_http_reset_are_those_of_version_1() {
    let server = start("").await;
    let before = workers(&server).await;
    assert_eq!(before.len(), 2);
    for worker in &before {
        let keys: Vec<_> = worker.as_object().unwrap().keys().collect();
        let expected = ["pid", "status", "numExecs", "created", "memoryUsage"];
        assert_eq!(keys, expected);
        assert_eq!(worker["status"], "ready");
        assert!(worker["created"].as_i64().unwrap() > 1_700_000_000_000_000_000);
        assert!(worker["memoryUsage"].as_u64().unwrap() > 1_000_000);
    }
    let reset = call(server.rpc, &[["http.Reset", JSON, "true"]]).await;
    assert_eq!(reset, ["json \"OK\""]);
    let after = workers(&server).await;
    assert_eq!(after.len(), 2);
    for worker in after {
        assert!(before.iter().all(|it| it["pid"] != worker["pid"]));
    }
    server.stop().await;
}

#[tokio::test]
async fn system_stop_stops_the_server_in_good_order() {
    let server = start("").await;
    let kept = call(server.rpc, &[["system.Stop", JSON, "false"]]).await;
    assert_eq!(kept, ["json \"OK\""]);
    assert_eq!(get(server.http, "/").await.status, 200);
    let stopped = call(server.rpc, &[["system.Stop", JSON, "true"]]).await;
    assert_eq!(stopped, ["json \"OK\""], "it is answered still");
    server.stopped_itself().await;
}
