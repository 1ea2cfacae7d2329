//! The `http_metrics` middleware: what Prometheus would be told.

use rr_core::rpc::Client;

use crate::{client::get, server::start};

#[tokio::test]
async fn requests_and_workers_are_counted() {
    let server = start("  middleware: http_metrics").await;
    for path in ["/", "/", "/missing", "/throw"] {
        get(server.http, path).await;
    }
    let address = format!("tcp://{}", server.rpc).parse().unwrap();
    let mut client = Client::connect(&address).await.unwrap();
    let text: String = client.call("http_metrics.Text", &()).await.unwrap();
    for line in [
        "# TYPE rr_http_request_total counter",
        "rr_http_request_total{status=\"200\"} 2",
        "rr_http_request_total{status=\"404\"} 1",
        "rr_http_request_total{status=\"500\"} 1",
        "# TYPE rr_http_request_duration_seconds histogram",
        "rr_http_request_duration_seconds_bucket{status=\"200\",le=\"0.005\"}",
        "rr_http_request_duration_seconds_bucket{status=\"200\",le=\"60\"} 2",
        "rr_http_request_duration_seconds_count{status=\"404\"} 1",
        "rr_http_requests_queue 0",
        "# TYPE rr_http_uptime_seconds gauge",
        "rr_http_no_free_workers_total 0",
        "rr_http_total_workers 2",
        "rr_http_workers_ready 2",
        "rr_http_workers_working 0",
        "rr_http_workers_invalid 0",
        "rr_http_workers_memory_bytes ",
        "rr_http_worker_memory_bytes{pid=\"",
        "state=\"ready\"} 0",
    ] {
        assert!(
            text.lines().any(|it| it.contains(line)),
            "no {line} in:\n{text}"
        );
    }
    server.stop().await;
}
