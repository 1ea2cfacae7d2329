//! Clients that read or write slowly: they hold no worker.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{get, unchunk},
    server::start,
};

const ONE_WORKER: &str = "  pool: {num_workers: 1}\n";

/// Asks for `path` and reads nothing; the only worker is free all the same. What the client reads
/// in the end is `expected`.
async fn check(path: &str, more: &str, expected: &[u8]) {
    let server = start(&format!("{ONE_WORKER}{more}")).await;
    let mut slow = TcpStream::connect(server.http).await.unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    slow.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1];
    slow.read_exact(&mut answer).await.unwrap();
    let other = timeout(Duration::from_secs(20), get(server.http, "/")).await;
    assert_eq!(other.expect("the worker is free").text(), "hello");
    slow.read_to_end(&mut answer).await.unwrap();
    let at = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let (head, body) = answer.split_at(at + 4);
    let head = String::from_utf8_lossy(head);
    let body = match head.contains("chunked") {
        true => unchunk(body).expect("a whole body"),
        false => body.to_vec(),
    };
    assert!(
        body == expected,
        "{head} {} of {}",
        body.len(),
        expected.len()
    );
    server.stop().await;
}

#[tokio::test]
async fn a_large_response_waits_for_its_client_without_the_worker() {
    check("/big?bytes=30000000", "", &vec![b'x'; 30_000_000]).await;
    for spool in ["disk: 0", "dir: /nowhere/at/all", "memory: 40"] {
        let more = format!("  spool: {{{spool}}}");
        check("/big?bytes=30000000", &more, &vec![b'x'; 30_000_000]).await;
    }
}

fn stream(parts: u8) -> Vec<u8> {
    (0..parts)
        .flat_map(|it| vec![b'a' + it % 26; 100_000])
        .collect()
}

#[tokio::test]
async fn a_streamed_response_is_taken_off_the_worker_too() {
    check("/stream-big?parts=200", "", &stream(200)).await;
}

#[tokio::test]
async fn without_disk_a_stream_waits_for_its_client() {
    let more = "  spool: {disk: 0}\n";
    let server = start(&format!("{ONE_WORKER}{more}")).await;
    let mut slow = TcpStream::connect(server.http).await.unwrap();
    let ask = b"GET /stream-big?parts=200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    slow.write_all(ask).await.unwrap();
    slow.read_exact(&mut [0]).await.unwrap();
    let other = timeout(Duration::from_millis(500), get(server.http, "/")).await;
    assert!(other.is_err(), "the worker is held");
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).await.unwrap();
    assert!(answer.len() > 20_000_000);
    assert_eq!(get(server.http, "/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_midst_stops_its_stream() {
    let server = start(ONE_WORKER).await;
    let mut client = TcpStream::connect(server.http).await.unwrap();
    let ask = b"GET /stream-big?parts=1000000 HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(ask).await.unwrap();
    client.read_exact(&mut [0; 1000]).await.unwrap();
    drop(client);
    let other = timeout(Duration::from_secs(20), get(server.http, "/")).await;
    assert_eq!(other.expect("a worker is free").text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_slow_upload_holds_no_worker() {
    let server = start(ONE_WORKER).await;
    let mut slow = TcpStream::connect(server.http).await.unwrap();
    let head =
        b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n";
    slow.write_all(head).await.unwrap();
    slow.write_all(&vec![b'y'; 2_000_000]).await.unwrap();
    assert_eq!(get(server.http, "/").await.text(), "hello");
    slow.write_all(&vec![b'z'; 1_000_000]).await.unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).await.unwrap();
    let sent = [vec![b'y'; 2_000_000], vec![b'z'; 1_000_000]].concat();
    assert!(answer.ends_with(&sent));
    server.stop().await;
}
