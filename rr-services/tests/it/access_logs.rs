//! The record of each request, as log readers parse it.

use std::{fs, path::Path, process::Command, time::Duration};

use axum::routing::get;
use rr_services::{Http, Logs, Rpc, Server};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    client::{self, raw},
    server::{config, free_port, run},
};

/// What the log of a program with `more` below `http:` says of one request.
async fn line(more: &str, mode: &str, request: &str) -> String {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let text = config(http, rpc, &format!("  pool: {{num_workers: 1}}\n{more}"));
    let logs = format!("logs: {{mode: {mode}, output: {}}}\n", log.display());
    fs::write(&path, text + &logs).unwrap();
    let mut server = rr(&path);
    while TcpStream::connect(http).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    raw(http, request.as_bytes()).await;
    let asked = Command::new("kill").arg(server.id().to_string()).status();
    assert!(asked.unwrap().success() && server.wait().unwrap().success());
    let log = fs::read_to_string(&log).unwrap();
    let mut lines = log
        .lines()
        .filter(|it| it.contains("http log") || it.contains("http access log"));
    lines.next().unwrap().to_owned()
}

fn rr(config: &Path) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
    command.args(["serve", "--config"]).arg(config);
    command.spawn().unwrap()
}

/// Replaces what differs from run to run by its type.
fn shape(line: &str) -> String {
    let mut record: Value = serde_json::from_str(line).unwrap();
    for (key, value) in record.as_object_mut().unwrap() {
        let is_new = match &**key {
            "ts" | "start" | "request_time" => value.as_i64().is_some_and(|it| it > 1 << 60),
            "elapsed" | "worker_pid" | "queue_us" | "worker_us" => value.is_u64(),
            "remote_address" => value
                .as_str()
                .is_some_and(|it| it.starts_with("127.0.0.1:")),
            "time_local" => value
                .as_str()
                .is_some_and(|it| it.len() == "22/Nov/26:17:51:16 +0000".len()),
            _ => continue,
        };
        assert!(is_new, "{key}: {value}");
        *value = "?".into();
    }
    record.to_string()
}

const REQUEST: &str = "POST /echo?a=1&b=%20 HTTP/1.1\r\nHost: shop.test:81\r\nUser-Agent: test/1\r\n\
    Referer: http://a/\r\nX-Request-Id: r-1\r\nConnection: close\r\nContent-Length: 7\r\n\r\nseven!!";

#[tokio::test]
async fn the_short_record() {
    let found = line("", "production", REQUEST).await;
    assert_eq!(
        shape(&found),
        r#"{"level":"info","ts":"?","logger":"http","msg":"http log","status":200,"method":"POST","URI":"/echo?a=1&b=%20","URL":"/echo?a=1&b=%20","remote_address":"?","read_bytes":7,"write_bytes":7,"start":"?","elapsed":"?"}"#,
    );
}

#[tokio::test]
async fn the_long_record() {
    let found = line("  access_logs: true", "production", REQUEST).await;
    assert_eq!(
        shape(&found),
        r#"{"level":"info","ts":"?","logger":"http","msg":"http access log","read_bytes":7,"write_bytes":7,"status":200,"method":"POST","URI":"/echo?a=1&b=%20","URL":"/echo?a=1&b=%20","remote_address":"?","query":"a=1&b=%20","content_len":7,"host":"shop.test:81","user_agent":"test/1","referer":"http://a/","time_local":"?","request_time":"?","start":"?","elapsed":"?"}"#,
    );
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let found: Value =
        serde_json::from_str(&line("  access_logs: true", "production", chunked).await).unwrap();
    assert_eq!(
        (&found["content_len"], &found["read_bytes"]),
        (&(-1).into(), &3.into())
    );
}

#[tokio::test]
async fn the_record_with_timings() {
    let found = line("  access_log_timings: true", "production", REQUEST).await;
    assert_eq!(
        shape(&found),
        r#"{"level":"info","ts":"?","logger":"http","msg":"http log","status":200,"method":"POST","URI":"/echo?a=1&b=%20","URL":"/echo?a=1&b=%20","remote_address":"?","read_bytes":7,"write_bytes":7,"start":"?","elapsed":"?","request_id":"r-1","worker_pid":"?","queue_us":"?","worker_us":"?"}"#,
    );
    let refused = "POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let found = line("  access_log_timings: true", "production", refused).await;
    assert!(found.contains("\"status\":400"), "{found}");
    assert!(
        !found.contains("worker_pid") && !found.contains("request_id"),
        "{found}"
    );
}

#[tokio::test]
async fn moments_in_a_console_are_readable() {
    let found = line("", "development", REQUEST).await;
    let start = found.split("\"start\":\"").nth(1).unwrap();
    assert_eq!(&start[4..5], "-", "{found}");
    assert!(start[..24].ends_with("+0000"), "{found}");
}

#[tokio::test]
async fn what_rust_answers_is_logged_as_what_php_does() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let text = config(http, rpc, "  pool: {num_workers: 1}");
    let logs = format!("logs: {{mode: production, output: {}}}\n", log.display());
    let builder = rr_core::Server::builder()
        .service(Logs)
        .service(Rpc)
        .service(Server)
        .service(Http::new().route("/in-rust", get(async || "hello")));
    let server = run(builder, http, rpc, &(text + &logs)).await.unwrap();
    assert_eq!(client::get(http, "/in-rust").await.text(), "hello");
    server.stop().await;
    let log = fs::read_to_string(&log).unwrap();
    let mut records = log.lines().filter(|it| it.contains("/in-rust"));
    let record: Value = serde_json::from_str(records.next().unwrap()).unwrap();
    assert_eq!(
        (&record["msg"], &record["status"]),
        (&"http log".into(), &200.into())
    );
    assert_eq!(records.next(), None);
}
