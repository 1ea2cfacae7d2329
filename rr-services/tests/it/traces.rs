//! What traces tell of requests, workers and remote calls, as a collector receives it.

use std::{collections::HashMap, fs, time::Duration};

use axum::routing::get as on_get;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use rr_core::{ServerBuilder, rpc::Client};
use rr_services::{Http, Otel, Rpc, Server};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::{get, raw, request},
    collector::{Collector, attributes},
    server::{Running, config, free_port, run, with_services},
};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A server that traces, and whoever takes the traces.
struct Traced {
    server: Running,
    collector: Collector,
}

async fn traced(http: &str, otel: &str) -> Traced {
    let builder = ServerBuilder::default().service(Otel).service(Rpc);
    traced_by(with_services(builder), http, otel).await
}

async fn traced_by(builder: ServerBuilder, http: &str, otel: &str) -> Traced {
    let collector = Collector::start().await;
    let (address, rpc) = (free_port(), free_port());
    let http = format!("  middleware: [otel]\n{http}");
    let text = config(address, rpc, &http);
    let otel = format!(
        "otel:\n  insecure: true\n  endpoint: {}\n{otel}",
        collector.address
    );
    let text = format!("{text}{otel}\n");
    let server = run(builder, address, rpc, &text).await.unwrap();
    Traced { server, collector }
}

impl Traced {
    /// All spans by their names, once the server has stopped: it sends what is left.
    async fn spans(mut self) -> HashMap<String, Vec<Span>> {
        self.server.stop().await;
        let mut spans: HashMap<String, Vec<Span>> = HashMap::new();
        for span in self.collector.spans() {
            spans.entry(span.name.clone()).or_default().push(span);
        }
        spans
    }
}

fn about(span: &Span) -> serde_json::Value {
    attributes(&span.attributes)
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|it| format!("{it:02x}")).collect()
}

#[tokio::test]
async fn a_request_is_a_span_and_its_worker_one_below_it() {
    let traced = traced(POOL, "").await;
    let pid = get(traced.server.http, "/pid?secret=1").await;
    let spans = traced.spans().await;
    let (request, worker) = (&spans["GET"][0], &spans["worker"][0]);
    let mut told = about(request);
    let (port, peer) = (told["server.port"].take(), told["network.peer.port"].take());
    assert!(port.is_null() && peer.is_number());
    assert_eq!(
        told,
        json!({
            "http.request.method": "GET",
            "url.path": "/pid",
            "url.scheme": "http",
            "network.protocol.version": "1.1",
            "server.address": "shop.test",
            "server.port": null,
            "client.address": "127.0.0.1",
            "network.peer.address": "127.0.0.1",
            "network.peer.port": null,
            "http.response.status_code": 200,
        })
    );
    assert_eq!(request.kind(), SpanKind::Server);
    assert!(request.parent_span_id.is_empty());
    assert_eq!(request.status.as_ref().unwrap().code(), StatusCode::Unset);
    assert_eq!(worker.trace_id, request.trace_id);
    assert_eq!(worker.parent_span_id, request.span_id);
    assert_eq!(
        about(worker),
        json!({ "rr.worker.pid": pid.text().parse::<u32>().unwrap() })
    );
    assert!(worker.end_time_unix_nano > worker.start_time_unix_nano);
    assert!(!spans.contains_key("worker wait"), "a worker was idle");
}

const POOL: &str = "  pool: {num_workers: 1, destroy_timeout: 5s}";

#[tokio::test]
async fn a_wait_for_a_worker_is_a_span() {
    let traced = traced(POOL, "").await;
    let http = traced.server.http;
    tokio::join!(get(http, "/slow?ms=300"), get(http, "/slow?ms=300"));
    let spans = traced.spans().await;
    let [wait] = &spans["worker wait"][..] else {
        panic!("{spans:?}");
    };
    let request = spans["GET"]
        .iter()
        .find(|it| it.span_id == wait.parent_span_id);
    assert_eq!(about(request.unwrap())["url.path"], "/slow");
    let took = wait.end_time_unix_nano - wait.start_time_unix_nano;
    assert!(took > 20_000_000, "{took}");
    let worker = spans["worker"]
        .iter()
        .find(|it| it.parent_span_id == wait.parent_span_id);
    assert!(worker.unwrap().start_time_unix_nano + 20_000_000 > wait.end_time_unix_nano);
}

#[tokio::test]
async fn the_context_of_the_client_is_continued_and_handed_to_php() {
    let traced = traced(POOL, "").await;
    let sent = format!("traceparent: {PARENT}\r\ntracestate: shop=1\r\nbaggage: user=7\r\n");
    let reply = request(traced.server.http, "GET", "/request", &sent, b"").await;
    let seen = reply.json()["headers"].clone();
    let spans = traced.spans().await;
    let request = &spans["GET"][0];
    assert_eq!(hex(&request.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    assert_eq!(request.trace_state, "shop=1");
    let own = format!("{}-{}", hex(&request.trace_id), hex(&request.span_id));
    assert_eq!(seen["Traceparent"], json!([format!("00-{own}-01")]));
    assert_eq!(seen["Tracestate"], json!(["shop=1"]));
    assert_eq!(seen["Baggage"], json!(["user=7"]));
    let jaeger = own.replace('-', ":");
    assert_eq!(seen["Uber-Trace-Id"], json!([format!("{jaeger}:0:1")]));
}

#[tokio::test]
async fn who_does_not_keep_a_trace_decides_for_those_behind() {
    let traced = traced(POOL, "").await;
    let unsampled = PARENT.replace("-01", "-00");
    let sent = format!("traceparent: {unsampled}\r\n");
    let reply = request(traced.server.http, "GET", "/request", &sent, b"").await;
    let seen = reply.json()["headers"]["Traceparent"][0].clone();
    let seen = seen.as_str().unwrap();
    assert!(
        seen.starts_with(&unsampled[..36]) && seen.ends_with("-00"),
        "{seen}"
    );
    assert!(traced.spans().await.is_empty());
}

#[tokio::test]
async fn nonsense_begins_a_trace_of_its_own() {
    let traced = traced(POOL, "").await;
    let sent = "traceparent: 00-zz-1-1\r\ntracestate: shop=1\r\n";
    let reply = request(traced.server.http, "BREW", "/request", sent, b"").await;
    let seen = reply.json()["headers"].clone();
    let spans = traced.spans().await;
    let request = &spans["HTTP"][0];
    assert!(request.parent_span_id.is_empty());
    assert_eq!(about(request)["http.request.method"], "_OTHER");
    assert_eq!(about(request)["http.request.method_original"], "BREW");
    let parent = seen["Traceparent"][0].as_str().unwrap();
    assert!(parent.contains(&hex(&request.trace_id)), "{parent}");
    assert!(seen["Tracestate"].is_null());
}

#[tokio::test]
async fn failures_are_errors_with_their_reason() {
    let limits = "  pool: {num_workers: 1, destroy_timeout: 5s}\n  retry: {attempts: 1}";
    let traced = traced(limits, "").await;
    assert_eq!(
        get(traced.server.http, "/status?code=503").await.status,
        503
    );
    assert_eq!(
        get(traced.server.http, "/status?code=404").await.status,
        404
    );
    assert_eq!(get(traced.server.http, "/exit").await.status, 500);
    let spans = traced.spans().await;
    let told: Vec<_> = spans["GET"]
        .iter()
        .map(|it| {
            (
                it.status.as_ref().unwrap().code(),
                about(it)["error.type"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (StatusCode::Error, json!("503")),
            (StatusCode::Unset, json!(null)),
            (StatusCode::Error, json!("500")),
        ]
    );
    let died = spans["worker"].last().unwrap();
    assert_eq!(died.parent_span_id, spans["GET"][2].span_id);
    assert!(about(died)["rr.worker.pid"].is_number());
    let why = &died.status.as_ref().unwrap().message;
    assert!(
        why.starts_with("worker ") && why.contains("failed"),
        "{why}"
    );
}

#[tokio::test]
async fn a_task_that_was_repeated_says_so() {
    let traced = traced("  pool: {num_workers: 2, destroy_timeout: 5s}", "").await;
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let path = format!("/exit-once?mark={}", mark.display());
    assert_eq!(get(traced.server.http, &path).await.status, 200);
    let spans = traced.spans().await;
    assert_eq!(about(&spans["worker"][0])["rr.repeats"], 1);
}

#[tokio::test]
async fn a_client_that_left_is_told_of() {
    let traced = traced(POOL, "").await;
    let mut client = TcpStream::connect(traced.server.http).await.unwrap();
    client
        .write_all(b"GET /slow?ms=400 HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_millis(150)).await;
    drop(client);
    // The next one waits for the worker, which the first one's task still holds.
    get(traced.server.http, "/").await;
    let spans = traced.spans().await;
    let left = spans["GET"]
        .iter()
        .find(|it| about(it)["url.path"] == "/slow")
        .unwrap();
    assert_eq!(about(left)["error.type"], "client_closed_request");
    assert_eq!(left.status.as_ref().unwrap().code(), StatusCode::Error);
}

#[tokio::test]
async fn a_broken_stream_is_an_error_and_a_whole_one_lasts_to_its_end() {
    let traced = traced("  pool: {num_workers: 2, destroy_timeout: 5s}", "").await;
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let whole = format!(
        "GET /drip?wait={} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        mark.display()
    );
    let http = traced.server.http;
    let whole = tokio::spawn(async move { raw(http, whole.as_bytes()).await });
    sleep(Duration::from_millis(300)).await;
    fs::write(&mark, "").unwrap();
    whole.await.unwrap();
    let broken = "GET /stream-dies HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    raw(http, broken.as_bytes()).await;
    let spans = traced.spans().await;
    let of = |path| {
        spans["GET"]
            .iter()
            .find(|it| about(it)["url.path"] == path)
            .unwrap()
    };
    assert_eq!(about(of("/stream-dies"))["error.type"], "broken_body");
    let whole = of("/drip");
    let worker = spans["worker"]
        .iter()
        .find(|it| it.parent_span_id == whole.span_id)
        .unwrap();
    assert!(whole.end_time_unix_nano > worker.end_time_unix_nano + 100_000_000);
}

#[tokio::test]
async fn remote_calls_are_spans() {
    let traced = traced(POOL, "").await;
    let rpc = traced.server.rpc;
    assert_eq!(get(traced.server.http, "/rpc?n=21").await.text(), "42");
    let address = format!("tcp://{rpc}").parse().unwrap();
    let mut client = Client::connect(&address).await.unwrap();
    let failed = client.call::<bool>("resetter.Reset", &"nobody").await;
    assert!(failed.is_err());
    let spans = traced.spans().await;
    let called = &spans["shop.Double"][0];
    assert_eq!(
        about(called),
        json!({ "rpc.system": "goridge", "rpc.service": "shop", "rpc.method": "Double" })
    );
    assert_eq!(called.kind(), SpanKind::Server);
    let failed = &spans["resetter.Reset"][0];
    assert_eq!(failed.status.as_ref().unwrap().code(), StatusCode::Error);
    assert!(failed.status.as_ref().unwrap().message.contains("nobody"));
}

#[tokio::test]
async fn routes_in_rust_name_their_spans() {
    let http = Http::new().route("/stock/{article}", on_get(|| async { "7" }));
    let builder = ServerBuilder::default()
        .service(Otel)
        .service(Rpc)
        .service(Server);
    let traced = traced_by(builder.service(http), POOL, "").await;
    get(traced.server.http, "/stock/apple").await;
    get(traced.server.http, "/").await;
    let spans = traced.spans().await;
    let stock = &spans["GET /stock/{article}"][0];
    assert_eq!(about(stock)["http.route"], "/stock/{article}");
    assert_eq!(about(stock)["url.path"], "/stock/apple");
    assert_eq!(spans["GET"].len(), 1);
}

#[tokio::test]
async fn without_the_middleware_requests_are_not_touched() {
    let collector = Collector::start().await;
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, POOL);
    let text = format!("{text}otel: {{endpoint: 'http://{}'}}\n", collector.address);
    let builder = with_services(ServerBuilder::default().service(Otel).service(Rpc));
    let server = run(builder, http, rpc, &text).await.unwrap();
    let sent = format!("traceparent: {PARENT}\r\n");
    let reply = request(http, "GET", "/request", &sent, b"").await;
    assert_eq!(reply.json()["headers"]["Traceparent"], json!([PARENT]));
    let traced = Traced { server, collector };
    assert!(traced.spans().await.is_empty());
}
