//! The `gzip` middleware: what is compressed, for whom, and what is left as it is.

use std::{io::Read as _, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{Reply, get, request},
    server::{Running, start},
};

async fn ask(server: &Running, path: &str, accepted: &str) -> Reply {
    let headers = format!("Accept-Encoding: {accepted}\r\n");
    request(server.http, "GET", path, &headers, b"").await
}

fn decoded(reply: &Reply) -> String {
    let mut text = String::new();
    let body = &*reply.body;
    let read = match reply.header("content-encoding")[..] {
        [] => return reply.text().to_owned(),
        ["gzip"] => flate2::read::GzDecoder::new(body).read_to_string(&mut text),
        ["br"] => brotli::Decompressor::new(body, 4096).read_to_string(&mut text),
        ["zstd"] => zstd::stream::read::Decoder::new(body)
            .unwrap()
            .read_to_string(&mut text),
        ref other => panic!("{other:?}"),
    };
    read.unwrap();
    text
}

#[tokio::test]
async fn responses_are_compressed_as_clients_like_it() {
    let server = start("  middleware: gzip").await;
    let words = "word ".repeat(1000);
    let page = "/answer?words=1000&Content-Type=text/plain&ETag=%22a%22";
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br;q=0.5", "gzip"),
        ("*", "zstd"),
    ] {
        let reply = ask(&server, page, accepted).await;
        assert_eq!(reply.header("content-encoding"), [coding], "{accepted}");
        assert!(reply.body.len() < 500 && decoded(&reply) == words);
        assert_eq!(reply.header("vary"), ["accept-encoding"]);
        assert_eq!(reply.header("etag"), ["W/\"a\""]);
    }
    for accepted in ["", "deflate", "gzip;q=0", "identity;q=0, gzip;q=0"] {
        let reply = ask(&server, page, accepted).await;
        assert_eq!((reply.status, reply.text()), (200, &*words), "{accepted}");
        assert!(reply.header("content-encoding").is_empty());
        assert_eq!(reply.header("etag"), ["\"a\""]);
    }
    for (accepted, coding, length, etag) in [
        ("br", &["br"][..], &[][..], "W/\"a\""),
        ("identity", &[], &["5000"], "\"a\""),
    ] {
        let accept = format!("Accept-Encoding: {accepted}\r\n");
        let head = request(server.http, "HEAD", page, &accept, b"").await;
        assert_eq!((head.status, head.text()), (200, ""));
        assert_eq!(head.header("content-encoding"), coding, "{accepted}");
        assert_eq!(head.header("content-length"), length, "{accepted}");
        assert_eq!(head.header("vary"), ["accept-encoding"], "{accepted}");
        assert_eq!(head.header("etag"), [etag], "{accepted}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_gains_nothing_is_left_as_it_is() {
    let server = start("  middleware: gzip").await;
    for path in [
        "/answer?words=200&Content-Type=text/plain",
        "/answer?words=1000&Content-Type=image/png",
        "/answer?words=1000&Content-Type=text/event-stream",
        "/answer?words=1000&Content-Type=text/plain&Cache-Control=no-transform",
    ] {
        let reply = ask(&server, path, "gzip").await;
        assert!(reply.header("content-encoding").is_empty(), "{path}");
        assert!(reply.text().starts_with("word word"), "{path}");
    }
    let twice = "/answer?words=1000&Content-Encoding=gzip&ETag=%22a%22";
    let reply = ask(&server, twice, "br").await;
    assert_eq!(reply.header("content-encoding"), ["gzip"]);
    assert_eq!(
        (reply.body.len(), reply.header("etag")),
        (5000, vec!["\"a\""])
    );
    let at_limit = ask(&server, "/big?bytes=1024", "gzip").await;
    assert_eq!(at_limit.header("content-encoding"), ["gzip"]);
    let below = ask(&server, "/big?bytes=1023", "gzip").await;
    assert!(below.header("content-encoding").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn codings_and_sizes_are_configured() {
    let server = start("  middleware: gzip\n  gzip:\n    min_size: 10\n    encodings: br").await;
    let reply = ask(&server, "/answer?words=10", "zstd, gzip, br;q=0.1").await;
    assert_eq!(reply.header("content-encoding"), ["br"]);
    assert_eq!(decoded(&reply), "word ".repeat(10));
    let reply = ask(&server, "/answer?words=10", "gzip").await;
    assert!(reply.header("content-encoding").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn files_in_parts_stay_whole_numbers_of_bytes() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.txt"), "word ".repeat(1000)).unwrap();
    let server = start(&format!(
        "  middleware: [gzip, static]\n  static: {{dir: {}, calculate_etag: true}}",
        dir.path().display()
    ))
    .await;
    let whole = ask(&server, "/a.txt", "gzip").await;
    assert_eq!(whole.header("content-encoding"), ["gzip"]);
    assert_eq!(decoded(&whole), "word ".repeat(1000));
    let headers = "Accept-Encoding: gzip\r\nRange: bytes=0-4\r\n";
    let part = request(server.http, "GET", "/a.txt", headers, b"").await;
    assert_eq!((part.status, part.text()), (206, "word "));
    let etag = whole.header("etag")[0];
    assert!(etag.starts_with("W/\""));
    let headers = format!("Accept-Encoding: gzip\r\nIf-None-Match: {etag}\r\n");
    let known = request(server.http, "GET", "/a.txt", &headers, b"").await;
    assert_eq!((known.status, known.text()), (304, ""));
    assert_eq!(
        get(server.http, "/a.txt").await.text(),
        "word ".repeat(1000)
    );
    server.stop().await;
}

/// The first part of a stream is at the client, and can be read, before the last is made.
#[tokio::test]
async fn streams_are_compressed_part_by_part() {
    let server = start("  middleware: gzip").await;
    for coding in ["gzip", "br", "zstd"] {
        let dir = tempfile::tempdir().unwrap();
        let wait = dir.path().join("go-on");
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        let head = format!(
            "GET /drip?wait={} HTTP/1.0\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n",
            wait.display()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let first = async {
            loop {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
                if begins(coding, &answer) {
                    break;
                }
            }
        };
        let arrived = timeout(Duration::from_secs(5), first).await;
        arrived.unwrap_or_else(|_| panic!("{coding}: nothing can be read yet"));
        std::fs::write(&wait, "").unwrap();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(readable(coding, &answer), "first;last;", "{coding}");
    }
    server.stop().await;
}

fn begins(coding: &str, answer: &[u8]) -> bool {
    readable(coding, answer) == "first;"
}

/// What can be read of an answer of which more may come.
fn readable(coding: &str, answer: &[u8]) -> String {
    let Some(end) = answer.windows(4).position(|it| it == b"\r\n\r\n") else {
        return String::new();
    };
    let body = &answer[end + 4..];
    let mut decoder: Box<dyn std::io::Read> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(body)),
        "br" => Box::new(brotli::Decompressor::new(body, 4096)),
        _ => Box::new(zstd::stream::read::Decoder::new(body).unwrap()),
    };
    let mut text = Vec::new();
    let mut byte = [0];
    // An end in the midst of it is an error, what came before it counts.
    while let Ok(1) = decoder.read(&mut byte) {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}
