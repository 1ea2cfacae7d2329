//! Clients that are slow, silent or greedy, in simulated time.

use std::convert::Infallible;

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tower::service_fn;

use super::*;
use crate::http::{config::Http2Config, layer::Stack};

const SECOND: Duration = Duration::from_secs(1);
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn limits() -> Limits {
    Limits {
        handshake: Some(10 * SECOND),
        head: Some(60 * SECOND),
        idle: Some(300 * SECOND),
        write: Some(30 * SECOND),
        connections: None,
        requests: None,
        header_size: 8192,
        header_count: 100,
        uri_length: 1000,
    }
}

/// A stack whose responses all have the body that `body` makes.
fn answering(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Stack {
    Stack::new(service_fn(move |_: Request| {
        let response = Response::new(body());
        async move { Ok::<_, Infallible>(response) }
    }))
}

fn hello() -> Stack {
    answering(|| Body::from("hello"))
}

/// A connection to `stack`, whose socket holds 4 KiB.
async fn open(stack: Stack, limits: Limits, place: Place) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = duplex(4096);
    let activity = Activity::new();
    let http2 = Http2Config {
        h2c: true,
        ..Http2Config::default()
    };
    let connection = Connection {
        stream: Watched::new(server, Arc::clone(&activity)),
        protocols: Arc::new(Protocols::new(&http2, &limits)),
        requests: Requests {
            stack: CurrentStack::new(stack),
            peer: Arc::default(),
            activity: Arc::clone(&activity),
            limits: Arc::new(limits),
            hints: None,
            outlet: None,
        },
        outlet: None,
        activity,
        place,
        _seat: None,
    };
    (client, tokio::spawn(connection.plain()))
}

async fn alone(stack: Stack, limits: Limits) -> (DuplexStream, JoinHandle<()>, Connections) {
    let connections = Connections::new(None, 1);
    let (client, served) = open(stack, limits, connections.place().await).await;
    (client, served, connections)
}

async fn read_until(client: &mut DuplexStream, end: &str) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        let mut byte = [0];
        let read = client.read(&mut byte).await.unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&seen));
        seen.push(byte[0]);
    }
    String::from_utf8(seen).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_is_cut() {
    let (mut client, served, _connections) = alone(hello(), limits()).await;
    let start = Instant::now();
    let trickle = async {
        for byte in GET.iter().cycle() {
            if client.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(40 * SECOND).await;
        }
    };
    tokio::join!(trickle, async { served.await.unwrap() });
    assert_eq!(start.elapsed().as_secs(), 80, "noticed by the third byte");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut() {
    let (_client, served, _connections) = alone(hello(), limits()).await;
    let start = Instant::now();
    served.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_connection_stays_open_between_requests_for_a_while() {
    let (mut client, served, _connections) = alone(hello(), limits()).await;
    for _ in 0..3 {
        client.write_all(GET).await.unwrap();
        read_until(&mut client, "hello").await;
        sleep(290 * SECOND).await;
    }
    client.write_all(GET).await.unwrap();
    read_until(&mut client, "hello").await;
    let start = Instant::now();
    served.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 300);
    assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_next_head_is_timed_from_its_first_byte() {
    let (mut client, served, _connections) = alone(hello(), limits()).await;
    client.write_all(GET).await.unwrap();
    read_until(&mut client, "hello").await;
    sleep(100 * SECOND).await;
    client.write_all(b"GET /").await.unwrap();
    let start = Instant::now();
    served.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_cut() {
    let stack = answering(|| Body::from(vec![b'x'; 1 << 20]));
    let (mut client, served, _connections) = alone(stack, limits()).await;
    client.write_all(GET).await.unwrap();
    let start = Instant::now();
    served.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_little_is_served() {
    let stack = answering(|| Body::from(vec![b'x'; 64 << 10]));
    let (mut client, served, _connections) = alone(stack, limits()).await;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut taken = 0;
    let mut part = [0; 1024];
    loop {
        sleep(20 * SECOND).await;
        match client.read(&mut part).await.unwrap() {
            0 => break,
            read => taken += read,
        }
    }
    assert!(taken > 64 << 10, "{taken}");
    served.await.unwrap();
}

/// One event every 100 seconds, longer than each of the limits.
fn events() -> Body {
    Body::from_stream(stream::unfold(0, |at| async move {
        if at == 36 {
            return None;
        }
        sleep(100 * SECOND).await;
        Some((Ok::<_, Infallible>(format!("event {at}\n")), at + 1))
    }))
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_rare_events_is_not_cut() {
    let (mut client, _served, _connections) = alone(answering(events), limits()).await;
    client.write_all(GET).await.unwrap();
    let start = Instant::now();
    let all = read_until(&mut client, "0\r\n\r\n").await;
    assert!(all.contains("event 35\n"));
    assert_eq!(start.elapsed().as_secs(), 3600);
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_after_its_requests() {
    let limits = Limits {
        requests: Some(2),
        ..limits()
    };
    let (mut client, served, _connections) = alone(hello(), limits).await;
    client.write_all(&[GET, GET, GET].concat()).await.unwrap();
    let mut all = String::new();
    client.read_to_string(&mut all).await.unwrap();
    assert_eq!(all.matches("hello").count(), 2, "{all}");
    assert_eq!(all.matches("connection: close").count(), 1, "{all}");
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn heads_beyond_the_limits() {
    let many = "X: y\r\n".repeat(101);
    let some = "X: y\r\n".repeat(90);
    let wide = format!("X: {}\r\n", "y".repeat(8192));
    let long = "a".repeat(1000);
    for (target, headers, expected) in [
        ("/", &*some, "200"),
        ("/", &many, "431"),
        ("/", &wide, "431"),
        (&format!("/{long}"), "", "414"),
        (&format!("/{}", &long[1..]), "", "200"),
        (&format!("http://a/{}", &long[1..]), "", "200"),
        (&format!("/?{long}"), "", "414"),
    ] {
        let (mut client, served, _connections) = alone(hello(), limits()).await;
        let head =
            format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        let mut all = String::new();
        let (mut reader, mut writer) = tokio::io::split(&mut client);
        let (_, _) = tokio::join!(writer.write_all(head.as_bytes()), async {
            reader.read_to_string(&mut all).await.ok();
        });
        assert_eq!(&all[9..12], expected, "{target} {}", headers.len());
        served.await.unwrap();
    }
    let limits = Limits {
        header_count: 3,
        ..limits()
    };
    let (mut client, _served, _connections) = alone(hello(), limits).await;
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(3));
    client.write_all(head.as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "\r\n\r\n").await.contains(" 431 "));
}

#[tokio::test(start_paused = true)]
async fn who_has_nothing_to_do_makes_room() {
    let connections = Connections::new(Some(2), 1);
    let place = connections.place().await;
    let (mut idle, gone) = open(hello(), limits(), place).await;
    idle.write_all(GET).await.unwrap();
    read_until(&mut idle, "hello").await;
    let place = connections.place().await;
    let (mut busy, _served) = open(answering(events), limits(), place).await;
    busy.write_all(GET).await.unwrap();
    read_until(&mut busy, "event 0\n").await;
    // The idle one goes, the other one stays; there is no third place.
    let place = connections.place().await;
    gone.await.unwrap();
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0);
    read_until(&mut busy, "event 1\n").await;
    let none = tokio::time::timeout(1000 * SECOND, connections.place());
    assert!(none.await.is_err());
    drop(place);
    connections.place().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_responses_and_for_nobody_else() {
    let connections = Connections::new(None, 1);
    let place = connections.place().await;
    let (mut busy, _served) = open(answering(events), limits(), place).await;
    busy.write_all(GET).await.unwrap();
    let (mut idle, gone) = open(hello(), limits(), connections.place().await).await;
    idle.write_all(GET).await.unwrap();
    read_until(&mut idle, "hello").await;
    let all = tokio::spawn(async move {
        let mut all = String::new();
        busy.read_to_string(&mut all).await.unwrap();
        all
    });
    sleep(SECOND).await;
    let closed = tokio::spawn(connections.close());
    gone.await.unwrap();
    closed.await.unwrap();
    assert!(all.await.unwrap().ends_with("event 35\n\r\n0\r\n\r\n"));
}

/// A client of HTTP/2 whose window for a response is `window` bytes.
async fn http2(
    client: DuplexStream,
    window: u32,
) -> (h2::client::SendRequest<Bytes>, JoinHandle<()>) {
    let mut settings = h2::client::Builder::new();
    settings.initial_window_size(window);
    let (requests, connection) = settings.handshake(client).await.unwrap();
    let driven = tokio::spawn(async move {
        connection.await.ok();
    });
    (requests, driven)
}

fn get() -> http::Request<()> {
    http::Request::get("http://a/").body(()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_of_http2_that_takes_nothing_is_cut() {
    let parts = || {
        let parts = vec![Ok::<_, Infallible>(vec![b'x'; 1000]); 9];
        Body::from_stream(stream::iter(parts))
    };
    for stack in [answering(parts), answering(|| Body::from(vec![b'x'; 9000]))] {
        let (client, served, _connections) = alone(stack, limits()).await;
        let (mut requests, _driven) = http2(client, 1500).await;
        let (response, _) = requests.send_request(get(), true).unwrap();
        let _response = response.await.unwrap();
        let start = Instant::now();
        served.await.unwrap();
        // At once where the body is asked in parts; as an idle connection where it is all given.
        assert!(start.elapsed() <= 330 * SECOND, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_of_http2_is_closed_in_good_order() {
    let limits = Limits {
        requests: Some(2),
        ..limits()
    };
    let (client, served, _connections) = alone(hello(), limits).await;
    let (requests, driven) = http2(client, 65_535).await;
    for _ in 0..2 {
        let mut ready = requests.clone().ready().await.unwrap();
        let (response, _) = ready.send_request(get(), true).unwrap();
        let mut body = response.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "hello");
    }
    served.await.unwrap();
    driven.await.unwrap();
    assert!(requests.ready().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn pings_do_not_keep_a_connection() {
    let (client, served, _connections) = alone(hello(), limits()).await;
    let (mut requests, connection) = h2::client::handshake(client).await.unwrap();
    let mut connection: h2::client::Connection<DuplexStream, Bytes> = connection;
    let mut pings = connection.ping_pong().unwrap();
    tokio::spawn(async move { connection.await.ok() });
    let (response, _) = requests.send_request(get(), true).unwrap();
    response.await.unwrap();
    let start = Instant::now();
    tokio::spawn(async move {
        while pings.ping(h2::Ping::opaque()).await.is_ok() {
            sleep(200 * SECOND).await;
        }
    });
    served.await.unwrap();
    assert!(start.elapsed() < 1000 * SECOND, "{:?}", start.elapsed());
}
