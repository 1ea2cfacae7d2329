//! Request targets and header values in odd shapes: PHP gets them, or the client a 4xx.

use serde_json::{Value, json};

use crate::{client::raw, server::start};

/// The status, and what PHP saw where it saw anything.
async fn ask(to: std::net::SocketAddr, head: &[u8]) -> (u16, Value) {
    let ask = [head, b"\r\nConnection: close\r\n\r\n"].concat();
    let answer = raw(to, &ask).await;
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer to {}", head.escape_ascii()));
    let status = std::str::from_utf8(&answer[9..12])
        .unwrap()
        .parse()
        .unwrap();
    let seen = serde_json::from_slice(&answer[end + 4..]).unwrap_or(Value::Null);
    (status, seen)
}

#[tokio::test]
async fn targets_reach_php_as_they_were_sent() {
    let server = start("").await;
    for (head, uri, query) in [
        (
            &b"GET /request HTTP/1.1\r\nHost: a"[..],
            "http://a/request",
            json!([]),
        ),
        (
            b"GET /request?a=%E9&b=%zz&c=%00 HTTP/1.1\r\nHost: a:81",
            "http://a:81/request?a=%E9&b=%zz&c=%00",
            Value::Null,
        ),
        (
            b"GET /request?a[b]=1&a[c]=%2B+ HTTP/1.1\r\nHost: a",
            "http://a/request?a[b]=1&a[c]=%2B+",
            json!({"a": {"b": "1", "c": "+ "}}),
        ),
        (
            b"GET http://b:82/request?x=1 HTTP/1.1\r\nHost: a",
            "http://b:82/request?x=1",
            json!({"x": "1"}),
        ),
        (
            b"GET /request?a=b?c=d HTTP/1.1\r\nHost: a",
            "http://a/request?a=b?c=d",
            json!({"a": "b?c=d"}),
        ),
        (
            b"GET /request HTTP/1.0",
            "http://localhost/request",
            json!([]),
        ),
    ] {
        let (status, seen) = ask(server.http, head).await;
        match status {
            // What PHP's JSON cannot hold is a failure of the test's page, not of the server.
            500 => assert_eq!(query, Value::Null, "{}", head.escape_ascii()),
            _ => {
                assert_eq!(seen["uri"], uri, "{}", head.escape_ascii());
                if query != Value::Null {
                    assert_eq!(seen["query"], query, "{}", head.escape_ascii());
                }
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_names_no_place_is_refused() {
    let server = start("").await;
    for (head, expected) in [
        (&b"GET / HTTP/1.1"[..], 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b", 400),
        (b"GET / HTTP/1.1\r\nHost: u@a", 400),
        (b"GET ftp://a/ HTTP/1.1\r\nHost: a", 400),
        (b"GET http://u@a/ HTTP/1.1\r\nHost: a", 400),
        (b"GET a.test:80 HTTP/1.1\r\nHost: a", 400),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a", 405),
        (b"GET * HTTP/1.1\r\nHost: a", 400),
        (b"GET nowhere HTTP/1.1\r\nHost: a", 400),
        (b"GET /a\x00b HTTP/1.1\r\nHost: a", 400),
        (b"GET /a b HTTP/1.1\r\nHost: a", 400),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2",
            400,
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1", 400),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999",
            400,
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX Y: 1", 400),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked",
            400,
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
            400,
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00", 400),
    ] {
        let (status, _) = ask(server.http, head).await;
        assert_eq!(status, expected, "{}", head.escape_ascii());
    }
    let (status, _) = ask(server.http, b"OPTIONS * HTTP/1.1\r\nHost: a").await;
    assert_eq!(status, 404, "it is for PHP, which has no such page");
    server.stop().await;
}

#[tokio::test]
async fn header_values_survive() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let head = b"GET /hex?name=X-Odd HTTP/1.1\r\nHost: a\r\nX-Odd: caf\xe9\r\nX-Odd: caf\xc3\xa9\r\nX-Odd:\r\nX-Odd:  a \t b  ";
        let (status, seen) = ask(server.http, head).await;
        assert_eq!(status, 200);
        // JSON has no place for bytes that are no text: they are taken for Latin-1.
        let odd = match codec {
            "json" => "636166c3a9",
            _ => "636166e9",
        };
        assert_eq!(
            seen,
            json!([odd, "636166c3a9", "", "6120092062"]),
            "{codec}"
        );
        server.stop().await;
    }
}
