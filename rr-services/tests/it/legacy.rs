//! Workers of RoadRunner 1 below `server.protocol: goridge-v2`.

use serde_json::json;

use crate::{
    client::{get, request},
    server::{APP, Running, free_port, run, services},
};

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/legacy.php");

/// A server of legacy workers; `more` belongs to its `server` section.
async fn start(relay: &str, more: &str) -> Running {
    let socket = if relay == "pipes" { "" } else { ", socket" };
    let command = format!("[php, {LEGACY}{socket}]");
    let more = format!("  relay: '{relay}'\n{V2}\n{more}");
    start_command(&command, &more, "").await.unwrap()
}

async fn start_command(command: &str, server: &str, http: &str) -> Result<Running, String> {
    let (address, rpc) = (free_port(), free_port());
    let text = format!(
        "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\n\
         server:\n  command: {command}\n{server}\n\
         http:\n  address: {address}\n  pool: {{num_workers: 1, destroy_timeout: 5s}}\n{http}\n"
    );
    run(services(), address, rpc, &text).await
}

const V2: &str = "  protocol: goridge-v2";

/// All that a worker can say, over one kind of relay.
async fn check(relay: &str) {
    let dir = tempfile::tempdir().unwrap();
    let server = start(relay, "").await;
    let http = server.http;

    let reply = request(http, "GET", "/request?x[]=1", "X-A: b\r\n", b"").await;
    assert_eq!((reply.status, reply.header("x-y")), (201, vec!["1", "2"]));
    let context = reply.json()["raw"].as_str().unwrap().to_owned();
    let expected = concat!(
        r#"{"remoteAddr":"127.0.0.1","protocol":"HTTP/1.1","method":"GET","#,
        r#""uri":"http://shop.test/request?x[]=1","headers":{"Connection":["close"],"X-A":["b"]},"#,
        r#""cookies":{},"rawQuery":"x[]=1","parsed":false,"uploads":null,"attributes":{}}"#,
    );
    assert_eq!(context, expected);

    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = request(http, "POST", "/request", form, b"a[b]=1&c=2").await;
    assert_eq!(reply.json()["body"], r#"{"a":{"b":"1"},"c":"2"}"#);
    let reply = request(http, "POST", "/request", form, b"").await;
    assert_eq!(reply.json()["body"], "{}");

    let big = vec![b'x'; 3 << 20];
    let reply = request(http, "POST", "/size", "", &big).await;
    assert_eq!(reply.text(), big.len().to_string());

    assert_eq!(get(http, "/no-head").await.text(), "no header");
    let pids = async || [get(http, "/pid").await, get(http, "/pid").await].map(|it| it.body);
    let before = pids().await;
    for _ in 0..4 {
        assert_eq!(get(http, "/error").await.status, 500);
        assert_eq!(get(http, "/echo").await.text(), "said");
    }
    assert_eq!(pids().await, before, "none of that costs a worker");

    assert_eq!(get(http, "/crash").await.status, 500);
    assert_eq!(get(http, "/torn").await.status, 500);
    let note = dir.path().join("note");
    let wish = get(http, &format!("/wish?note={}", note.display())).await;
    assert_eq!(wish.text(), "granted");

    server.stop().await;
}

#[tokio::test]
async fn over_pipes() {
    check("pipes").await;
}

#[tokio::test]
async fn over_tcp() {
    check(&format!("tcp://{}", free_port())).await;
}

#[tokio::test]
async fn over_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    check(&format!("unix://{}", dir.path().join("rr.sock").display())).await;
}

#[tokio::test]
async fn workers_are_told_what_they_were_told_then() {
    let server = start("pipes", "").await;
    let env = get(server.http, "/env").await.json();
    let rpc = format!("tcp://{}", server.rpc);
    let expected = json!({ "RR_RELAY": "pipes", "RR_HTTP": "true", "RR_RPC": rpc });
    assert_eq!(env, expected);
    server.stop().await;
}

#[tokio::test]
async fn they_stop_when_they_are_asked() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("stopped");
    let env = format!("  env: {{STOPPED: {}}}", note.display());
    let server = start("pipes", &env).await;
    server.stop().await;
    assert!(note.exists(), "by a stop package and not by a signal");
}

/// The start fails with a message that holds `expected`.
async fn check_refused(command: &str, server: &str, http: &str, expected: &str) {
    let Err(error) = start_command(command, server, http).await else {
        panic!("it starts");
    };
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn the_wrong_line_is_told_with_the_setting_to_change() {
    let legacy = format!("[php, -d, display_errors=stderr, {LEGACY}]");
    check_refused(&legacy, "", "", "set `server.protocol: goridge-v2`").await;
    let current = format!("[php, {}]", APP);
    let help = "remove it if the worker uses spiral/goridge 3 or 4";
    check_refused(&current, V2, "", help).await;
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused() {
    let expected = "expected `goridge` (spiral/goridge 3 and 4, RoadRunner 2 and later) or \
                    `goridge-v2` (spiral/goridge 1 and 2, RoadRunner 1), found `goridge-v1`";
    let wrong = format!("[php, {LEGACY}]");
    check_refused(&wrong, "  protocol: goridge-v1", "", expected).await;
    let expected = "`codec` is `protobuf`, which workers that speak `goridge-v2` do not read";
    check_refused(&wrong, V2, "  codec: protobuf", expected).await;
}
