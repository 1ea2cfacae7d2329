//! Bodies of requests: their limits, and what clients are told who overstep them.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{raw, request},
    server::start,
};

/// The first line of the answer, and whether the server continued before it.
async fn ask(to: SocketAddr, head: &str, body: &[u8]) -> String {
    let head = format!("{head}\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = raw(to, &[head.as_bytes(), body].concat()).await;
    let answer = String::from_utf8_lossy(&answer);
    let lines = answer.lines().filter(|it| it.starts_with("HTTP/"));
    lines.collect::<Vec<_>>().join(" + ")
}

#[tokio::test]
async fn clients_that_ask_whether_to_continue() {
    let server = start("  max_request_size: 1").await;
    for (expect, length, expected) in [
        ("100-continue", 3, "HTTP/1.1 100 Continue + HTTP/1.1 200 OK"),
        ("100-Continue", 3, "HTTP/1.1 100 Continue + HTTP/1.1 200 OK"),
        ("100-continue", 3 << 20, "HTTP/1.1 413 Payload Too Large"),
        ("200-ok", 3, "HTTP/1.1 417 Expectation Failed"),
        ("100-continue, more", 3, "HTTP/1.1 417 Expectation Failed"),
    ] {
        let head = format!("POST /echo HTTP/1.1\r\nExpect: {expect}\r\nContent-Length: {length}");
        let body: &[u8] = if length == 3 { b"abc" } else { b"" };
        assert_eq!(
            ask(server.http, &head, body).await,
            expected,
            "{expect} {length}"
        );
    }
    let old = "POST /echo HTTP/1.0\r\nExpect: nonsense\r\nContent-Length: 3";
    assert_eq!(ask(server.http, old, b"abc").await, "HTTP/1.0 200 OK");
    server.stop().await;
}

/// A client that sends all it has before it reads: it must not be cut off before it hears why.
#[tokio::test]
async fn a_client_that_sends_too_much_is_told_so() {
    let server = start("  max_request_size: 1").await;
    let big = vec![b'x'; 8 << 20];
    for framing in ["Content-Length: 8388608", "Transfer-Encoding: chunked"] {
        let mut client = TcpStream::connect(server.http).await.unwrap();
        let head =
            format!("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{framing}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        if framing.contains("chunked") {
            client.write_all(b"800000\r\n").await.unwrap();
        }
        client.write_all(&big).await.unwrap();
        if framing.contains("chunked") {
            client.write_all(b"\r\n0\r\n\r\n").await.unwrap();
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{framing}: {answer}");
        let why = "the request body is longer than the 1048576 bytes that are allowed\n";
        assert!(answer.contains(why), "{answer}");
    }
    server.stop().await;
}

/// One that never stops is not heard out for ever, and costs no worker.
#[tokio::test]
async fn a_client_that_goes_on_is_cut_off() {
    let server = start("  max_request_size: 1").await;
    let mut client = TcpStream::connect(server.http).await.unwrap();
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000000\r\n\r\n";
    client.write_all(head).await.unwrap();
    let (mut read, mut write) = client.into_split();
    let sender = tokio::spawn(async move { while write.write_all(&[b'x'; 9999]).await.is_ok() {} });
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(20), read.read_to_end(&mut answer)).await;
    ended.expect("the server ends it").ok();
    assert!(answer.starts_with(b"HTTP/1.1 413 "));
    sender.await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let server = start("  body: {timeout: 300ms, min_rate: 1000}").await;
    let mut client = TcpStream::connect(server.http).await.unwrap();
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    client.write_all(head).await.unwrap();
    let (mut read, mut write) = client.into_split();
    let sender = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = Vec::new();
    read.read_to_end(&mut answer).await.ok();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("less than 1000 bytes a second"), "{answer}");
    sender.await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn bodies_larger_than_memory_reach_php_whole() {
    let dir = tempfile::tempdir().unwrap();
    let spool = format!("  spool: {{memory: 0, dir: {}}}", dir.path().display());
    let server = start(&spool).await;
    let big: Vec<u8> = (0..3_000_000_u32).map(|it| it.to_le_bytes()[1]).collect();
    for length in [0, 1, 65536, 65537, 3_000_000] {
        let reply = request(server.http, "PUT", "/echo", "", &big[..length]).await;
        assert!(reply.body == big[..length], "{length}");
    }
    let field = [b"a=1&b=".as_slice(), &[b'x'; 200_000], b"&c[]=2"].concat();
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = request(server.http, "POST", "/request", kind, &field).await;
    let form = &reply.json()["form"];
    assert_eq!(form["b"].as_str().map(str::len), Some(200_000));
    assert_eq!((&form["a"], &form["c"][0]), (&"1".into(), &"2".into()));
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_disk_that_fails_is_our_fault_and_no_secret_is_told() {
    let server = start("  spool: {memory: 0, dir: /nowhere/at/all}").await;
    let reply = request(server.http, "POST", "/echo", "", &[b'x'; 100_000]).await;
    assert_eq!((reply.status, reply.text()), (500, ""));
    let reply = request(server.http, "POST", "/echo", "", b"small").await;
    assert_eq!(reply.text(), "small");
    server.stop().await;
}

#[tokio::test]
async fn methods_that_mostly_have_no_body_may_have_one() {
    let server = start("").await;
    for method in ["GET", "OPTIONS", "DELETE", "PATCH", "QUERY"] {
        let reply = request(server.http, method, "/echo", "", b"body").await;
        assert_eq!((reply.status, reply.text()), (200, "body"), "{method}");
    }
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = request(server.http, "DELETE", "/request", kind, b"a=1").await;
    assert_eq!(reply.json()["form"]["a"], "1");
    let reply = request(server.http, "HEAD", "/echo", "", b"body").await;
    assert_eq!(
        (reply.status, reply.header("content-length")),
        (200, vec!["4"])
    );
    server.stop().await;
}

#[tokio::test]
async fn trailers_of_a_request_are_read_and_dropped() {
    let server = start("").await;
    let two =
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
        3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n\
        GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(raw(server.http, two).await).unwrap();
    assert!(answer.contains("\r\n\r\nabcHTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
    server.stop().await;
}
