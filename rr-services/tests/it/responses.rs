//! What clients get to see of an answer.

use crate::{
    client::{get, raw, request, unchunk},
    server::start,
};

#[tokio::test]
async fn status_headers_and_body() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let reply = get(server.http, "/many").await;
        assert_eq!(reply.status, 201);
        assert_eq!(reply.header("set-cookie"), ["a=1", "b=2"]);
        assert_eq!(reply.header("x-one"), ["x"]);
        assert_eq!(reply.header("content-length"), ["0"]);
        let reply = get(server.http, "/nowhere").await;
        assert_eq!((reply.status, reply.text()), (404, "no such page"));
        let reply = get(server.http, "/big?bytes=3000000").await;
        assert_eq!(reply.body, vec![b'x'; 3_000_000]);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_head_request_has_no_body() {
    let server = start("").await;
    let reply = request(server.http, "HEAD", "/", "", b"").await;
    assert_eq!((reply.status, reply.text()), (200, ""));
    assert_eq!(reply.header("content-length"), ["5"]);
    server.stop().await;
}

#[tokio::test]
async fn heads_that_old_and_odd_packages_write() {
    let server = start("").await;
    for (head, status) in [
        (r#"{"status":202,"headers":[]}"#, 202),
        (r#"{"status":202,"headers":null}"#, 202),
        (r#"{"status":202}"#, 202),
        (r#"{"status":202,"headers":{"X-A":"one"}}"#, 202),
        ("", 200),
        (r#"{"status":999,"headers":{}}"#, 500),
        (r#"{"status":0}"#, 500),
        (r#"{"status":-1}"#, 500),
        (r#"{"status":"many"}"#, 500),
        ("nonsense", 500),
    ] {
        let escaped: String = head.bytes().map(|it| format!("%{it:02x}")).collect();
        let reply = get(server.http, &format!("/head?head={escaped}")).await;
        assert_eq!(reply.status, status, "{head}: {reply:?}");
    }
    let reply = get(server.http, "/status?code=999").await;
    assert_eq!(reply.text(), "unknown status code from worker: 999\n");
    server.stop().await;
}

#[tokio::test]
async fn a_header_cannot_be_split() {
    let server = start("").await;
    let reply = get(server.http, "/split").await;
    assert_eq!(reply.header("x-evil"), ["a  X-Injected: yes"]);
    assert!(reply.header("x-injected").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn streams_arrive_in_parts_and_whole() {
    for codec in ["json", "protobuf"] {
        let server = start(&format!("  codec: {codec}")).await;
        let reply = get(server.http, "/stream").await;
        let expected: String = (1..=20).map(|it| format!("part {it};")).collect();
        assert_eq!(reply.text(), expected);
        assert_eq!(reply.header("x-streamed"), ["yes"]);
        assert_eq!(reply.header("transfer-encoding"), ["chunked"]);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_does_not_end_cleanly() {
    let server = start("").await;
    let answer = raw(server.http, b"GET /stream-dies HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let body = answer
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .map(|at| &answer[at + 4..]);
    assert_eq!(
        unchunk(body.expect("a head")),
        None,
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(get(server.http, "/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn several_requests_on_one_connection() {
    let server = start("").await;
    let three = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /many HTTP/1.1\r\nHost: a\r\n\r\n\
        GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(raw(server.http, three).await).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    assert_eq!(
        answer.matches("HTTP/1.1 201 Created").count(),
        1,
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_length_that_php_got_wrong_does_not_hang_the_client() {
    let server = start("").await;
    for (body, length) in [
        ("", "0"),
        ("short", "5"),
        ("seven!!", "7"),
        ("much+longer", "11"),
    ] {
        let reply = get(server.http, &format!("/length?body={body}")).await;
        assert_eq!(reply.header("content-length"), [length], "{body}");
    }
    let head = request(server.http, "HEAD", "/length?body=", "", b"").await;
    assert_eq!(
        head.header("content-length"),
        ["7"],
        "of what a GET would get"
    );
    server.stop().await;
}

#[tokio::test]
async fn trailers_follow_the_body() {
    let server = start("").await;
    let ask = b"GET /trailers HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(raw(server.http, ask).await).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("trailer: X-Sum, X-Other") && head.contains("x-head: h"),
        "{head}"
    );
    assert!(!head.contains("x-sum"), "{head}");
    assert_eq!(body, "4\r\nbody\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n");
    server.stop().await;
}

#[tokio::test]
async fn an_interim_status_is_no_answer() {
    let server = start("").await;
    let reply = get(server.http, "/status?code=103").await;
    assert_eq!(
        (reply.status, reply.text()),
        (500, "unknown status code from worker: 103\n")
    );
    for code in [204, 304] {
        let reply = get(server.http, &format!("/status?code={code}")).await;
        assert_eq!((reply.status, reply.text()), (code, ""));
    }
    server.stop().await;
}

#[tokio::test]
async fn how_a_response_travels_is_not_for_php_to_say() {
    let server = start("").await;
    let two = b"GET /hop HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(raw(server.http, two).await).unwrap();
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("x-kept: yes") && head.contains("content-length: 4"),
        "{head}"
    );
    for gone in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "te: ",
        "upgrade",
        "push",
    ] {
        let has = head.lines().any(|it| it.starts_with(gone));
        assert!(!has, "{gone}: {head}");
    }
    assert!(rest.starts_with("bodyHTTP/1.1 200 OK"), "{rest}");
    server.stop().await;
}

#[tokio::test]
async fn values_that_no_header_can_hold_are_made_harmless() {
    let server = start("").await;
    let answer = raw(
        server.http,
        b"GET /values HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .await;
    let answer = String::from_utf8(answer).unwrap();
    for line in [
        "x-null: a b",
        "x-latin: caf\u{e9}",
        "x-tab: a\tb",
        "x-bell:",
    ] {
        assert!(answer.contains(line), "{line}: {answer:?}");
    }
    assert!(!answer.contains(['\0', '\x07']), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn statuses_without_a_body_have_none() {
    let server = start("").await;
    for (code, length) in [(204, vec![]), (205, vec!["0"]), (304, vec![])] {
        let reply = get(server.http, &format!("/bodyless?code={code}")).await;
        assert_eq!((reply.status, reply.text()), (code, ""));
        assert_eq!(reply.header("content-length"), length, "{code}");
        assert!(reply.header("transfer-encoding").is_empty(), "{code}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_request_for_a_stream_costs_no_worker() {
    let server = start("  pool: {num_workers: 1}").await;
    let reply = request(server.http, "HEAD", "/stream-big?parts=1000000", "", b"").await;
    assert_eq!((reply.status, reply.text()), (200, ""));
    assert_eq!(get(server.http, "/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn the_status_of_failures_is_the_configured_one() {
    let server = start("  internal_error_code: 502").await;
    for path in ["/throw", "/exit"] {
        let reply = get(server.http, path).await;
        assert_eq!((reply.status, reply.text()), (502, ""), "{path}");
    }
    server.stop().await;
}
