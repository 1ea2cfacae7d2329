//! The `proxy_ip_parser` and `request_id` middleware: who asks, and what the request is called.

use crate::{
    client::{get, request},
    server::start,
};

#[tokio::test]
async fn php_sees_the_client_behind_trusted_proxies() {
    let server =
        start("  middleware: proxy_ip_parser\n  trusted_subnets: [127.0.0.0/8, 10.0.0.0/8]").await;
    for (headers, remote) in [
        ("", "127.0.0.1"),
        (
            "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.1.1\r\n",
            "203.0.113.7",
        ),
        ("X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"),
        (
            "Forwarded: for=\"[2001:db8::8]:80\";proto=https\r\n",
            "2001:db8::8",
        ),
        ("X-Real-Ip: 203.0.113.9\r\n", "203.0.113.9"),
        (
            "X-Real-Ip: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.7\r\n",
            "203.0.113.7",
        ),
        ("X-Forwarded-For: nonsense\r\n", "127.0.0.1"),
    ] {
        let reply = request(server.http, "GET", "/request", headers, b"").await;
        assert_eq!(reply.json()["remote"], remote, "{headers}");
    }
    server.stop().await;
}

#[tokio::test]
async fn others_are_not_believed() {
    let server = start(
        "  middleware: proxy_ip_parser\n  trusted_subnets: 10.0.0.0/8\n  trusted_headers: [X-Real-Ip]",
    )
    .await;
    let told = "X-Real-Ip: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.7\r\n";
    let reply = request(server.http, "GET", "/request", told, b"").await;
    assert_eq!(reply.json()["remote"], "127.0.0.1");
    server.stop().await;
}

#[tokio::test]
async fn the_header_that_the_proxy_sets_can_be_named() {
    let server = start(
        "  middleware: proxy_ip_parser\n  trusted_subnets: 127.0.0.1\n  trusted_headers: CF-Connecting-IP",
    )
    .await;
    let told = "X-Forwarded-For: 6.6.6.6\r\nCF-Connecting-IP: 203.0.113.9\r\n";
    let reply = request(server.http, "GET", "/request", told, b"").await;
    assert_eq!(reply.json()["remote"], "203.0.113.9");
    let forged = request(
        server.http,
        "GET",
        "/request",
        "X-Forwarded-For: 6.6.6.6\r\n",
        b"",
    )
    .await;
    assert_eq!(forged.json()["remote"], "127.0.0.1");
    server.stop().await;
}

#[tokio::test]
async fn each_request_has_an_id() {
    let server = start("  middleware: request_id").await;
    let mut ids = vec![];
    for headers in ["", "X-Request-Id: from-the-client\r\n"] {
        let reply = request(server.http, "GET", "/request", headers, b"").await;
        let [id] = reply.header("x-request-id")[..] else {
            panic!("{reply:?}");
        };
        assert!(id.len() == 36 && id != "from-the-client", "{id}");
        assert_eq!(reply.json()["headers"]["X-Request-Id"][0], id);
        assert_eq!(
            reply.json()["headers"]["X-Request-Id"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(reply.json()["attributes"]["request_id"][0], id);
        ids.push(id.to_owned());
    }
    assert!(ids[0] < ids[1]);
    server.stop().await;
}

#[tokio::test]
async fn ids_of_trusted_proxies_are_taken_over() {
    let server = start(
        "  middleware: [proxy_ip_parser, request_id]\n  trusted_subnets: 127.0.0.1\n  request_id:\n    header: X-Trace\n    accept_from: [127.0.0.0/8]",
    )
    .await;
    for (id, taken) in [
        ("abc-123", true),
        ("a b", false),
        ("<script>", false),
        ("", false),
        (&*"x".repeat(129), false),
    ] {
        // The peer is trusted, whoever it speaks for.
        let headers = format!("X-Trace: {id}\r\nX-Forwarded-For: 203.0.113.7\r\n");
        let reply = request(server.http, "GET", "/request", &headers, b"").await;
        assert_eq!(reply.header("x-trace")[0] == id, taken, "{id}");
        assert_eq!(reply.json()["remote"], "203.0.113.7");
    }
    let two = "X-Trace: a\r\nX-Trace: b\r\n";
    let reply = request(server.http, "GET", "/", two, b"").await;
    assert_eq!(reply.header("x-trace")[0].len(), 36);
    assert_eq!(get(server.http, "/").await.header("x-trace").len(), 1);
    server.stop().await;
}
