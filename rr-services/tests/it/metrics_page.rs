//! The page that Prometheus reads: figures of the server, and of the application by config and from PHP.

use std::{
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
};

use rr_core::ServerBuilder;
use rr_services::Metrics;
use serde_json::json;

use crate::{
    client::{get, request},
    clients::{CLIENTS, all_services, calls},
    server::{APP, Running, config, free_port, run},
    wire::replay,
};

const COLLECT: &str = "
  collect:
    orders:
      type: counter
      namespace: Shop
      subsystem: web
      help: Orders taken.
      labels: [country, Paid]
    temperature: {type: gauge}
    wait_seconds: {type: histogram, buckets: [0.1, 1, 10]}
    size_bytes:
      type: summary
      labels: [kind]
      objectives:
        - 0.5: 0.05
        - 0.9: 0.01
";

async fn start(section: &str) -> Result<(Running, SocketAddr), String> {
    let (http, rpc, address) = (free_port(), free_port(), free_port());
    let text = config(
        http,
        rpc,
        "  middleware: http_metrics\n  pool: {num_workers: 2}",
    );
    let text = format!("{text}metrics:\n  address: {address}\n{section}").replace(APP, CLIENTS);
    let services = all_services(ServerBuilder::default().service(Metrics));
    let server = run(services, http, rpc, &text).await?;
    Ok((server, address))
}

async fn page(address: SocketAddr) -> String {
    let reply = get(address, "/metrics").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), ["text/plain; version=0.0.4"]);
    reply.text().to_owned()
}

fn has(page: &str, lines: &[&str]) {
    for line in lines {
        let found = page.lines().any(|it| match line.strip_suffix('*') {
            Some(start) => it.starts_with(start),
            None => it == *line,
        });
        assert!(found, "no `{line}` in:\n{page}");
    }
}

/// What Prometheus' own linter says; nothing where it is not installed, as it is in CI.
fn lint(page: &str) -> Option<String> {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]);
    let pipes = promtool.stdin(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = pipes.stdout(Stdio::piped()).spawn() else {
        assert!(std::env::var("CI").is_err(), "promtool is not there");
        eprintln!("skipped: promtool is not there; it comes with the package prometheus");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(page.as_bytes()).unwrap();
    drop(stdin);
    let said = child.wait_with_output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(said.status.success(), "{text}\n{page}");
    Some(text)
}

#[tokio::test]
async fn the_server_and_its_workers() {
    let (server, address) = start("").await.unwrap();
    calls(server.http, json!([])).await;
    let text = page(address).await;
    has(
        &text,
        &[
            "# TYPE process_cpu_seconds_total counter",
            "process_resident_memory_bytes *",
            "process_virtual_memory_bytes *",
            "process_start_time_seconds 1*",
            "process_open_fds *",
            "process_max_fds *",
            "rr_http_request_total{status=\"200\"} 1",
            "rr_http_total_workers 2",
            "rr_http_workers_ready 2",
            "rr_http_worker_memory_bytes{pid=*",
            "rr_http_no_free_workers_total 0",
            "rr_http_queue_waiting 0",
            "rr_http_queue_longest_wait_seconds 0",
            "rr_http_queue_waited_total 0",
            "rr_http_queue_wait_seconds_total 0",
            "rr_http_tasks_repeated_total 0",
        ],
    );
    assert_eq!(text.matches("# TYPE rr_http_total_workers ").count(), 1);
    assert_eq!(page(address).await.lines().count(), text.lines().count());
    assert_eq!(get(address, "/").await.status, 200);
    assert_eq!(
        request(address, "HEAD", "/metrics", "", b"").await.body,
        b""
    );
    let posted = request(address, "POST", "/metrics", "", b"").await;
    assert_eq!(posted.status, 405);
    server.stop().await;
}

#[tokio::test]
async fn metrics_of_the_config_are_pushed_from_php() {
    let (server, address) = start(COLLECT).await.unwrap();
    let pushes = json!([
        ["metrics", "add", ["orders", 2.5, ["at", "yes"]]],
        ["metrics", "add", ["orders", 1, ["at", "yes"]]],
        ["metrics", "add", ["orders", 1, ["a\"\\\n", "no"]]],
        ["metrics", "set", ["temperature", 20]],
        ["metrics", "sub", ["temperature", 0.5]],
        ["metrics", "add", ["temperature"]],
        ["metrics", "observe", ["wait_seconds", 0.5]],
        ["metrics", "observe", ["wait_seconds", 0.05]],
        ["metrics", "observe", ["size_bytes", 7, ["small"]]],
        ["metrics", "add", ["nope"]],
        ["metrics", "add", ["orders"]],
        ["metrics", "set", ["orders", 1, ["at", "yes"]]],
        ["metrics", "add", ["orders", 1, ["at"]]],
        ["metrics", "add", ["orders", -1, ["at", "yes"]]],
        ["metrics", "unregister", ["nope"]],
    ]);
    let results = calls(server.http, pushes).await;
    let errors: Vec<_> = results.as_array().unwrap().iter().skip(9).collect();
    let expected = json!([
        {"error": "undefined collector nope"},
        {"error": "required labels for collector orders"},
        {"error": "collector orders does not support method `Set`"},
        {"error": "inconsistent label cardinality for collector orders: expected 2 label values but got 1"},
        {"error": "counter orders cannot decrease in value"},
        false,
    ]);
    assert_eq!(json!(errors), expected);
    has(
        &page(address).await,
        &[
            "# HELP Shop_web_orders Orders taken.",
            "# TYPE Shop_web_orders counter",
            "Shop_web_orders{Paid=\"yes\",country=\"at\"} 3.5",
            r#"Shop_web_orders{Paid="no",country="a\"\\\n"} 1"#,
            "temperature 20.5",
            "wait_seconds_bucket{le=\"0.1\"} 1",
            "wait_seconds_bucket{le=\"1\"} 2",
            "wait_seconds_bucket{le=\"+Inf\"} 2",
            "wait_seconds_sum 0.55",
            "size_bytes{kind=\"small\",quantile=\"0.5\"} 7",
            "size_bytes{kind=\"small\",quantile=\"0.9\"} 7",
            "size_bytes_count{kind=\"small\"} 1",
        ],
    );
    server.stop().await;
}

#[tokio::test]
async fn php_declares_metrics_and_takes_them_back() {
    let (server, address) = start("").await.unwrap();
    let asks = json!([
        ["metrics", "declare", ["a", {"counter": ["Things.", [], "ns", "sub"]}]],
        ["metrics", "declare", ["b", {"gauge": ["Things."]}]],
        ["metrics", "declare", ["c", {"histogram": ["Things.", ["path"], [0.1, 0.5]]}]],
        ["metrics", "declare", ["d", {"summary": ["Things.", [], {"0.5": 0.05}]}]],
        ["metrics", "declare", ["d", {"gauge": ["Something else."]}]],
        ["metrics", "declare", ["rr_http_total_workers", {"gauge": ["Mine."]}]],
        ["metrics", "add", ["a", 3]],
        ["metrics", "set", ["b", -1]],
        ["metrics", "observe", ["c", 0.2, ["/"]]],
        ["metrics", "observe", ["d", 0.2]],
        ["metrics", "unregister", ["b"]],
        ["metrics", "set", ["b", -1]],
        ["metrics", "declare", ["e", {"histogram": ["Things.", ["le"]]}]],
    ]);
    let results = calls(server.http, asks).await;
    let expected = json!([
        null, null, null, null, null, null, null, null, null, null, true,
        {"error": "undefined collector b"},
        {"error": "the label `le` is Prometheus' own"},
    ]);
    assert_eq!(results, expected);
    let text = page(address).await;
    let lines = [
        "ns_sub_a 3",
        "c_bucket{path=\"/\",le=\"0.5\"} 1",
        "# TYPE d summary",
        "d{quantile=\"0.5\"} 0.2",
        // The server's own figures are not hidden.
        "rr_http_total_workers 2",
    ];
    has(&text, &lines);
    assert!(!text.lines().any(|it| it.starts_with("b ")), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn calls_as_recorded() {
    let section = "  collect: {hits: {type: counter, labels: [x, y]}, temp: {type: gauge}}\n";
    let (server, address) = start(section).await.unwrap();
    let calls = [
        "metrics.Add",
        "metrics.Set",
        "metrics.Declare",
        "metrics.Unregister",
    ];
    replay(server.rpc, &calls).await;
    has(
        &page(address).await,
        &["hits{x=\"a\",y=\"b\"} 1.5", "temp 2"],
    );
    server.stop().await;
}

#[tokio::test]
async fn prometheus_has_no_complaint() {
    let (server, address) = start(&COLLECT.replace("namespace: Shop", "namespace: shop"))
        .await
        .unwrap();
    let pushes = json!([
        ["metrics", "observe", ["wait_seconds", 0.5]],
        ["metrics", "observe", ["size_bytes", 7, ["small"]]],
        ["metrics", "declare", ["things_total", {"counter": [""]}]],
    ]);
    calls(server.http, pushes).await;
    if let Some(said) = lint(&page(address).await) {
        assert_eq!(said, "");
    }
    server.stop().await;
}

#[tokio::test]
async fn mistakes_in_the_config_are_told_at_once_with_their_places() {
    let section = "
  collect:
    a-b: {type: counter}
    sizes: {type: summary, objectives: {1.4: 0.1}}
";
    let refused = start(section).await.map(drop).unwrap_err();
    for expected in [
        "error: `metrics.collect.a-b`: 'a-b' is not a valid metric name",
        "error: `metrics.collect.sizes`: `1.4` is no quantile",
        ".rr.yaml:",
    ] {
        assert!(refused.contains(expected), "{refused}");
    }
}
