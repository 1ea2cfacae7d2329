//! Files that are sent without being read: each byte of them, however they are asked for, and in its turn.
#![cfg(unix)]

use std::{fs, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use rr_services::{
    MiddlewareExt as _,
    http::{Middleware, Outlet},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::Command,
    time::sleep,
};

use crate::{
    certificates::Certificates,
    client::{get, raw},
    server::{config, free_port, run, services, start, start_with},
};

/// Bytes of which no two stretches are alike.
fn content(length: usize) -> Vec<u8> {
    let words = (0_u32..).flat_map(u32::to_le_bytes);
    words.take(length).collect()
}

/// A folder with a file that is larger than what sockets hold.
fn large() -> (TempDir, Vec<u8>) {
    let (dir, content) = (tempfile::tempdir().unwrap(), content(12_000_001));
    // The first is compressed where that is wanted, the second is by its nature.
    for name in ["large.bin", "large.zip"] {
        fs::write(dir.path().join(name), &content).unwrap();
    }
    (dir, content)
}

fn serving(dir: &TempDir, middleware: &str, more: &str) -> String {
    let dir = dir.path().display();
    format!("  middleware: [{middleware}]\n  static: {{dir: {dir}}}\n{more}")
}

/// Bodies of the responses in `stream`, one after the other.
fn bodies(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Some(end) = stream.windows(4).position(|it| it == b"\r\n\r\n") {
        let head = std::str::from_utf8(&stream[..end]).unwrap();
        let mut fields = head.lines().filter_map(|it| it.split_once(": "));
        let (_, length) = fields.find(|(name, _)| *name == "content-length").unwrap();
        let (body, rest) = stream[end + 4..].split_at(length.parse().unwrap());
        bodies.push(body);
        stream = rest;
    }
    bodies
}

#[tokio::test]
async fn pipelined_requests_for_files_and_pages_are_answered_in_turn() {
    let (dir, content) = large();
    for more in ["", "  http2: {h2c: true}\n"] {
        let server = start(&serving(&dir, "headers, static", more)).await;
        let page = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let file = "GET /large.bin HTTP/1.1\r\nHost: a\r\n";
        let asked = [
            page,
            &format!("{file}\r\n"),
            &format!("{file}Range: bytes=70000-200000,5-5,300000-300100\r\n\r\n"),
            page,
            &format!("{file}Connection: close\r\nRange: bytes=7-\r\n\r\n"),
        ];
        let answer = raw(server.http, asked.concat().as_bytes()).await;
        let bodies = bodies(&answer);
        assert_eq!(bodies.len(), 5, "{more}");
        assert!(bodies[0] == b"hello" && bodies[3] == b"hello", "{more}");
        assert!(bodies[1] == content && bodies[4] == &content[7..], "{more}");
        for part in [70_000..200_001, 5..6, 300_000..300_101] {
            let part = &content[part];
            assert!(bodies[2].windows(part.len()).any(|it| it == part), "{more}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_the_whole_file() {
    let (dir, content) = large();
    let server = start(&serving(&dir, "static", "")).await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let asked = b"GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(asked).await.unwrap();
    let (mut answer, mut part) = (Vec::new(), vec![0; 200_000]);
    loop {
        match stream.read(&mut part).await.unwrap() {
            0 => break,
            read => answer.extend_from_slice(&part[..read]),
        }
        sleep(Duration::from_millis(1)).await;
    }
    assert!(bodies(&answer) == [content]);
    server.stop().await;
}

/// Makes something of each byte of a body.
async fn inverted(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    response.map(|body| {
        Body::new(body.map_frame(|frame| {
            frame.map_data(|bytes| bytes.iter().map(|it| !it).collect::<Bytes>())
        }))
    })
}

#[tokio::test]
async fn who_looks_into_bodies_sees_the_file() {
    let (dir, content) = large();
    let builder = services().middleware(from_fn(inverted));
    let server = start_with(builder, &serving(&dir, "static", "")).await;
    let seen = get(server.http, "/large.bin").await.body;
    let content: Vec<u8> = content.iter().map(|it| !it).collect();
    assert!(seen == content);
    server.stop().await;
}

/// Tells whether a file could be sent past hyper.
async fn tell_outlet(request: Request, _: Next) -> String {
    request.extensions().get::<Outlet>().is_some().to_string()
}

#[tokio::test]
async fn files_are_sent_past_hyper_where_nobody_needs_their_bytes() {
    for looks_into in [false, true] {
        let expected = cfg!(target_os = "linux") && !looks_into;
        let builder = match looks_into {
            true => {
                services().middleware(from_fn(|request: Request, next: Next| next.run(request)))
            }
            false => services(),
        };
        let teller = Middleware::always(from_fn(tell_outlet)).sends_files();
        let builder = builder.contribute(teller);
        let server = start_with(builder, "  pool: {num_workers: 1}\n  http2: {h2c: true}").await;
        assert_eq!(get(server.http, "/").await.text(), expected.to_string());
        let url = format!("http://{}/", server.http);
        let curl = Command::new("curl")
            .args(["-sS", "--http2-prior-knowledge", &url])
            .output();
        assert_eq!(curl.await.unwrap().stdout, b"false", "HTTP/2 frames it");
        server.stop().await;
    }
}

#[tokio::test]
async fn files_are_whole_on_every_way() {
    let (dir, content) = large();
    let certificates = Certificates::new();
    let (http, https, rpc) = (free_port(), free_port(), free_port());
    let socket = dir.path().join("http.sock");
    let socket = socket.to_str().unwrap();
    let ssl = certificates.section(https);
    let more = format!("  pool: {{num_workers: 1}}\n  http2: {{h2c: true}}\n{ssl}}}\n");
    for middleware in ["static", "gzip, static"] {
        let text = config(http, rpc, &serving(&dir, middleware, &more));
        let one = format!("address: {http}");
        let text = text.replacen(&one, &format!("address: [{http}, 'unix://{socket}']"), 1);
        let server = run(services(), http, rpc, &text).await.unwrap();
        let plain = format!("http://{http}/large.bin");
        let secure = format!("https://localhost:{}/large.bin", https.port());
        let ca = certificates.path("ca.crt");
        let ca = ca.to_str().unwrap();
        for ask in [
            &["--http1.1", &*plain][..],
            &["--http1.0", &plain],
            &["--http2-prior-knowledge", &plain],
            &["--compressed", &plain],
            &["--compressed", &plain.replace(".bin", ".zip")],
            &["--unix-socket", socket, "http://shop.test/large.bin"],
            &["--http1.1", "--cacert", ca, &secure],
            &["--http2", "--cacert", ca, &secure],
        ] {
            let mut curl = Command::new("curl");
            let curl = curl.args(["-sS", "--fail", "--max-time", "20"]).args(ask);
            let got = curl.output().await.unwrap();
            let told = String::from_utf8_lossy(&got.stderr).into_owned();
            assert!(got.status.success(), "{middleware} {ask:?}: {told}");
            assert!(got.stdout == content, "{middleware} {ask:?}");
        }
        server.stop().await;
    }
}
