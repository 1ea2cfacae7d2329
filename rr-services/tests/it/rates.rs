//! The `rate_limit` middleware.

use crate::{
    client::{get, request},
    server::start,
};

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let server =
        start("  middleware: rate_limit\n  rate_limit:\n    limits: [{requests: 3, per: 1h}]")
            .await;
    for left in ["2", "1", "0"] {
        let reply = get(server.http, "/").await;
        assert_eq!((reply.status, reply.text()), (200, "hello"));
        assert_eq!(reply.header("ratelimit-limit"), ["3"]);
        assert_eq!(reply.header("ratelimit-remaining"), [left]);
    }
    let reply = get(server.http, "/").await;
    assert_eq!((reply.status, reply.text()), (429, "too many requests\n"));
    assert_eq!(reply.header("ratelimit-remaining"), ["0"]);
    let wait: u64 = reply.header("retry-after")[0].parse().unwrap();
    assert!((1..=1200).contains(&wait), "{wait}");
    let reset: u64 = reply.header("ratelimit-reset")[0].parse().unwrap();
    assert!((wait..=3600).contains(&reset), "{reset}");
    server.stop().await;
}

#[tokio::test]
async fn clients_are_counted_apart() {
    let server = start(
        "  middleware: [proxy_ip_parser, rate_limit]\n  trusted_subnets: 127.0.0.1\n  rate_limit:\n    limits:\n      - {requests: 1, per: 1h, header: X-Api-Key}",
    )
    .await;
    for (headers, status) in [
        ("X-Forwarded-For: 203.0.113.1\r\n", 200),
        ("X-Forwarded-For: 203.0.113.1\r\n", 429),
        ("X-Forwarded-For: 203.0.113.2\r\n", 200),
        ("X-Forwarded-For: 2001:db8:0:1::1\r\n", 200),
        ("X-Forwarded-For: 2001:db8:0:1::2\r\n", 429),
        ("X-Forwarded-For: 2001:db8:0:2::1\r\n", 200),
        ("X-Api-Key: a\r\n", 200),
        ("X-Api-Key: a\r\nX-Forwarded-For: 203.0.113.9\r\n", 429),
        ("X-Api-Key: b\r\n", 200),
    ] {
        let reply = request(server.http, "GET", "/", headers, b"").await;
        assert_eq!(reply.status, status, "{headers}");
    }
    server.stop().await;
}

#[tokio::test]
async fn paths_have_limits_of_their_own() {
    let server = start(
        "  middleware: rate_limit\n  rate_limit:\n    limits:\n      - {requests: 100, per: 1h}\n      - {requests: 60, per: 1h, burst: 1, paths: [/env, /p*]}",
    )
    .await;
    for (path, status, limit) in [
        ("/", 200, "100"),
        ("/env", 200, "1"),
        ("/%65nv", 429, "1"),
        ("/pid", 429, "1"),
        ("/", 200, "100"),
    ] {
        let reply = get(server.http, path).await;
        assert_eq!(
            (reply.status, reply.header("ratelimit-limit")),
            (status, vec![limit]),
            "{path}"
        );
    }
    server.stop().await;
}
