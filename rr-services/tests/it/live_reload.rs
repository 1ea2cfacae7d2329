//! Browsers that load their page again when workers are new.

use std::time::Duration;

use rr_core::rpc::Client;
use rr_services::LiveReload;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{Reply, get, request},
    server::{Running, services, start_with},
};

const TAG: &str = "<script src=\"/_rr/live-reload.js\" async></script>";
const PAGE: &str = "%3Cbody%3Ehello%3C/body%3E";

async fn start(middleware: &str) -> Running {
    let pool = "  pool: {num_workers: 1, destroy_timeout: 5s}\n";
    let section = format!("{pool}  middleware: [{middleware}]");
    start_with(services().service(LiveReload), &section).await
}

/// A page of PHP's with these headers.
async fn page(server: &Running, method: &str, headers: &str) -> Reply {
    let path = format!("/answer?body={PAGE}&{headers}");
    request(server.http, method, &path, "", b"").await
}

#[tokio::test]
async fn pages_get_the_script_and_nothing_else_does() {
    let server = start("live_reload").await;
    let html = page(&server, "GET", "Content-Type=text/html;charset=utf-8").await;
    assert_eq!(html.text(), format!("<body>hello{TAG}</body>"));
    let failed = page(&server, "GET", "status=500&Content-Type=text/html").await;
    assert!(failed.text().contains(TAG));
    for headers in [
        "Content-Type=text/plain",
        "Content-Type=text/html&Content-Encoding=br",
        "Content-Type=text/html&Content-Disposition=attachment",
        "Content-Type=text/html&Cache-Control=no-transform",
        "status=206&Content-Type=text/html",
    ] {
        let other = page(&server, "GET", headers).await;
        assert_eq!(other.text(), "<body>hello</body>", "{headers}");
        assert_eq!(other.header("content-length"), ["18"], "{headers}");
    }
    let part = get(server.http, "/answer?body=part&Content-Type=text/html").await;
    assert_eq!(part.text(), "part");
    let head = page(&server, "HEAD", "Content-Type=text/html").await;
    assert!(head.header("content-length").is_empty(), "{head:?}");
    let script = get(server.http, "/_rr/live-reload.js").await;
    assert_eq!(script.header("content-type"), ["text/javascript"]);
    assert!(
        script
            .text()
            .contains("new EventSource('/_rr/live-reload')")
    );
    server.stop().await;
}

/// What is compressed is not looked into; `gzip` in front compresses what has the script already.
#[tokio::test]
async fn pages_are_compressed_with_the_script_in_them() {
    let server = start("gzip, live_reload").await;
    let words = "word%20".repeat(400);
    let path = format!("/answer?body={words}{PAGE}&Content-Type=text/html");
    let zipped = request(server.http, "GET", &path, "Accept-Encoding: gzip\r\n", b"").await;
    assert_eq!(zipped.header("content-encoding"), ["gzip"]);
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(&*zipped.body);
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    assert!(text.contains(TAG));
    server.stop().await;
}

#[tokio::test]
async fn browsers_are_told_when_workers_are_new() {
    let server = start("live_reload").await;
    let mut browser = TcpStream::connect(server.http).await.unwrap();
    let ask = b"GET /_rr/live-reload HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";
    browser.write_all(ask).await.unwrap();
    let mut heard = String::new();
    hear(&mut browser, &mut heard, "retry: 300\n\n").await;
    assert!(heard.contains("content-type: text/event-stream"), "{heard}");
    assert!(!heard.contains("data:"), "{heard}");
    let address = format!("tcp://{}", server.rpc).parse().unwrap();
    for _ in 0..2 {
        heard.clear();
        let mut client = Client::connect(&address).await.unwrap();
        let reset: bool = client.call("resetter.Reset", &"http").await.unwrap();
        assert!(reset);
        hear(&mut browser, &mut heard, "data: reset\n\n").await;
    }
    // A stop does not wait for who listens.
    let stopped = timeout(Duration::from_secs(5), server.stop()).await;
    stopped.expect("it stops at once");
    heard.clear();
    hear(&mut browser, &mut heard, "0\r\n\r\n").await;
}

async fn hear(browser: &mut TcpStream, heard: &mut String, end: &str) {
    let reads = async {
        while !heard.contains(end) {
            let mut some = [0; 1024];
            let read = browser.read(&mut some).await.unwrap();
            assert!(read > 0, "the server closed: {heard}");
            heard.push_str(std::str::from_utf8(&some[..read]).unwrap());
        }
    };
    let in_time = timeout(Duration::from_secs(20), reads).await;
    in_time.unwrap_or_else(|_| panic!("never: {end}"));
}
