//! Records in any pieces and any order.

mod properties;

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};
use tower::service_fn;

use super::{
    BadConnection,
    conversation::{Conversation, Event, Params, Refusal, complete, stream},
    params::{pack, unpack},
    record::{BadRecord, Kind, Record},
    request::describe,
};
use crate::http::{
    config::{LimitsConfig, TimeoutsConfig},
    layer::Stack,
    live::CurrentStack,
    serve::{Limits, Signal},
};

fn record(kind: Kind, id: u16, content: &[u8]) -> Record {
    let content = Bytes::copy_from_slice(content);
    Record { kind, id, content }
}

fn begin(id: u16, role: u8, flags: u8) -> Record {
    record(Kind::Begin, id, &[0, role, flags, 0, 0, 0, 0, 0])
}

/// What records lead to, in words.
fn check(records: &[Record], expected: &[&str]) {
    let mut conversation = Conversation::new(100);
    let mut found = Vec::new();
    for record in records {
        found.push(match conversation.take(record.clone()) {
            Ok(Event::Nothing) => continue,
            Ok(Event::Reply(bytes)) => {
                let mut bytes = BytesMut::from(&bytes[..]);
                let reply = Record::decode(&mut bytes).unwrap().unwrap();
                assert!(bytes.is_empty());
                format!("{:?} {} {:?}", reply.kind, reply.id, &reply.content[..])
            }
            Ok(Event::Request(Params { id, pairs, keep })) => {
                format!("request {id} keep {keep} pairs {}", pairs.len())
            }
            Ok(Event::Refused(Refusal { id, too_long })) => {
                format!("refused {id} too long {too_long}")
            }
            Ok(Event::Body(part)) => format!("body {}", String::from_utf8_lossy(&part)),
            Ok(Event::BodyEnd) => "end".to_owned(),
            Ok(Event::Abort) => "abort".to_owned(),
            Err(error) => format!("error: {error}"),
        });
    }
    assert_eq!(found, expected);
}

#[test]
fn a_request() {
    let pair = b"\x01\x01ab";
    check(
        &[
            begin(7, 1, 1),
            record(Kind::Params, 7, &pair[..2]),
            record(Kind::Params, 7, &pair[2..]),
            record(Kind::Params, 7, b""),
            record(Kind::Stdin, 7, b"one"),
            record(Kind::Stdin, 7, b""),
        ],
        &["request 7 keep true pairs 1", "body one", "end"],
    );
}

#[test]
fn what_is_not_for_this_server() {
    check(&[begin(1, 2, 0)], &["End 1 [0, 0, 0, 0, 3, 0, 0, 0]"]);
    check(&[begin(1, 9, 0)], &["End 1 [0, 0, 0, 0, 3, 0, 0, 0]"]);
    check(
        &[begin(1, 1, 1), begin(2, 1, 1)],
        &["End 2 [0, 0, 0, 0, 1, 0, 0, 0]"],
    );
    check(
        &[begin(1, 1, 1), begin(1, 1, 1)],
        &["error: request 1 begins while it is not over"],
    );
    check(
        &[record(Kind::Begin, 1, &[0, 1])],
        &["error: a record that begins a request has 8 bytes, this one has 2"],
    );
    let asked = b"\x0f\x00FCGI_MPXS_CONNS\x01\x00x";
    check(
        &[record(Kind::GetValues, 0, asked)],
        &[&format!(
            "GetValuesResult 0 {:?}",
            b"\x0f\x01FCGI_MPXS_CONNS0"
        )],
    );
    check(
        &[record(Kind::Other(77), 0, b"")],
        &["UnknownType 0 [77, 0, 0, 0, 0, 0, 0, 0]"],
    );
    check(&[record(Kind::Stdin, 5, b"stray")], &[]);
}

#[test]
fn parameters_that_cannot_be_taken() {
    check(
        &[begin(1, 1, 1), record(Kind::Params, 1, &[b'x'; 101])],
        &["refused 1 too long true"],
    );
    check(
        &[
            begin(1, 1, 1),
            record(Kind::Params, 1, &[5, 5, b'x']),
            record(Kind::Params, 1, b""),
        ],
        &["refused 1 too long false"],
    );
}

#[test]
fn an_abort_in_each_state() {
    let abort = || record(Kind::Abort, 1, b"");
    check(&[abort()], &[]);
    check(
        &[
            begin(1, 1, 1),
            abort(),
            begin(2, 1, 1),
            record(Kind::Params, 2, b""),
        ],
        &[
            "End 1 [0, 0, 0, 0, 0, 0, 0, 0]",
            "request 2 keep true pairs 0",
        ],
    );
    check(
        &[
            begin(1, 1, 1),
            record(Kind::Params, 1, b""),
            abort(),
            abort(),
        ],
        &["request 1 keep true pairs 0", "abort", "abort"],
    );
}

#[test]
fn the_rest_of_an_answered_request_is_passed_over() {
    let mut conversation = Conversation::new(100);
    conversation.take(begin(1, 1, 1)).unwrap();
    conversation.take(record(Kind::Params, 1, b"")).unwrap();
    conversation.answered();
    assert!(!conversation.is_idle());
    let more = conversation.take(record(Kind::Stdin, 1, b"more"));
    assert_eq!(more, Ok(Event::Nothing));
    let end = conversation.take(record(Kind::Stdin, 1, b""));
    assert_eq!(end, Ok(Event::Nothing));
    assert!(conversation.is_idle());
}

/// The request that variables describe, or the status of its refusal.
fn described(variables: &[(&str, &str)]) -> Result<String, StatusCode> {
    let pairs: Vec<_> = variables
        .iter()
        .map(|(name, value)| {
            (
                Bytes::from(name.to_string()),
                Bytes::from(value.to_string()),
            )
        })
        .collect();
    let described = describe(&pairs, &limits()).map_err(|it| it.status())?;
    let (request, peer) = (described.request, described.peer);
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let scheme = if peer.secure { "https" } else { "http" };
    let client = peer
        .address
        .map_or_else(|| "-".to_owned(), |it| it.to_string());
    Ok(format!(
        "{} {} {:?} {scheme} {client} {headers:?}",
        request.method(),
        request.uri(),
        request.version()
    ))
}

#[test]
fn variables_describe_a_request() {
    let full = [
        ("REQUEST_METHOD", "POST"),
        ("REQUEST_URI", "/a?b=%20"),
        ("SERVER_PROTOCOL", "HTTP/2.0"),
        ("CONTENT_TYPE", "text/plain"),
        ("CONTENT_LENGTH", "5"),
        ("HTTP_HOST", "shop.test"),
        ("HTTP_X_FORWARDED_FOR", "1.2.3.4"),
        ("HTTP_CONTENT_LENGTH", "99"),
        ("HTTP_TRANSFER_ENCODING", "chunked"),
        ("HTTPS", "on"),
        ("REMOTE_ADDR", "192.0.2.7"),
        ("REMOTE_PORT", "4711"),
        ("SCRIPT_FILENAME", "/var/www/index.php"),
    ];
    assert_eq!(
        described(&full).unwrap(),
        r#"POST /a?b=%20 HTTP/2.0 https 192.0.2.7:4711 ["content-length=5", "content-type=text/plain", "host=shop.test", "x-forwarded-for=1.2.3.4"]"#
    );
    let bare = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/index.php"),
        ("PATH_INFO", "/x"),
        ("QUERY_STRING", "a=b"),
        ("SERVER_NAME", "shop.test"),
        ("SERVER_PORT", "8080"),
        ("HTTPS", "off"),
        ("REMOTE_ADDR", "unix:"),
        ("CONTENT_LENGTH", ""),
    ];
    assert_eq!(
        described(&bare).unwrap(),
        r#"GET /index.php/x?a=b HTTP/1.1 http - ["host=shop.test:8080"]"#
    );
}

#[test]
fn variables_that_describe_none() {
    let long = format!("/{}", "a".repeat(20_000));
    for (variables, status) in [
        (&[("REQUEST_URI", "/")][..], 400),
        (&[("REQUEST_METHOD", "G T"), ("REQUEST_URI", "/")], 400),
        (&[("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/a b")], 400),
        (&[("REQUEST_METHOD", "GET"), ("REQUEST_URI", &long)], 414),
        (&[("REQUEST_METHOD", "GET"), ("HTTP_X", "a\nb")], 400),
        (&[("REQUEST_METHOD", "GET"), ("HTTP_", "a")], 400),
        (&[("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", "-1")], 400),
        (&[("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", "+1")], 400),
    ] {
        assert_eq!(described(variables).unwrap_err(), status, "{variables:?}");
    }
}

fn limits() -> Limits {
    Limits::new(&TimeoutsConfig::default(), &LimitsConfig::default()).unwrap()
}

type Served = JoinHandle<Result<(), BadConnection>>;

/// A connection whose answers have a body of `length` bytes.
fn open(length: usize, signals: watch::Receiver<Signal>) -> (DuplexStream, Served) {
    let (client, server) = duplex(4096);
    let stack = Stack::new(service_fn(move |_: Request| async move {
        Ok::<_, Infallible>(Response::new(Body::from(vec![b'x'; length])))
    }));
    let served =
        async move { super::serve(server, CurrentStack::new(stack), &limits(), signals).await };
    (client, tokio::spawn(served))
}

fn get() -> Vec<u8> {
    ask(b"GET")
}

/// A request for `/` on a connection that is kept.
fn ask(method: &[u8]) -> Vec<u8> {
    let mut packed = BytesMut::new();
    pack(&mut packed, b"REQUEST_METHOD", method);
    let mut out = BytesMut::new();
    for record in [
        begin(1, 1, 1),
        record(Kind::Params, 1, &packed),
        record(Kind::Params, 1, b""),
        record(Kind::Stdin, 1, b""),
    ] {
        record.encode(&mut out);
    }
    out.to_vec()
}

#[tokio::test]
async fn head_is_told_the_length_of_what_is_there_and_of_nothing_else() {
    let (_signal, signals) = watch::channel(Signal::Serve);
    for (method, length, expected) in [
        ("GET", 7, Some("content-length: 7\r\n")),
        ("GET", 0, Some("content-length: 0\r\n")),
        ("HEAD", 7, Some("content-length: 7\r\n")),
        ("HEAD", 0, None),
    ] {
        let (mut client, _served) = open(length, signals.clone());
        client.write_all(&ask(method.as_bytes())).await.unwrap();
        let mut bytes = BytesMut::new();
        let answer = loop {
            match Record::decode(&mut bytes).unwrap() {
                Some(record) => break record.content,
                None => assert!(client.read_buf(&mut bytes).await.unwrap() > 0),
            }
        };
        let answer = String::from_utf8_lossy(&answer);
        let mut lines = answer.split_inclusive("\r\n");
        let found = lines.find(|it| it.starts_with("content-length"));
        assert_eq!(found, expected, "{method} {length}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_web_server_that_stalls_is_given_up() {
    let (_signal, signals) = watch::channel(Signal::Serve);
    // Nothing is said; the beginning of a request, a part of its parameters; nothing is taken.
    let request = get();
    for (sent, length, seconds, ends_well) in [
        (&request[..0], 0, 300, true),
        (&request[..5], 0, 60, false),
        (&request[..20], 0, 60, false),
        (&request[..], 1 << 20, 60, false),
    ] {
        let (mut client, served) = open(length, signals.clone());
        client.write_all(sent).await.unwrap();
        let start = Instant::now();
        let ended = served.await.unwrap();
        assert_eq!(ended.is_ok(), ends_well, "{ended:?}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_idle_connections_at_once() {
    let (signal, signals) = watch::channel(Signal::Serve);
    let (mut client, served) = open(5, signals);
    client.write_all(&get()).await.unwrap();
    let mut answer = vec![0; 500];
    let read = client.read(&mut answer).await.unwrap();
    assert!(answer[..read].ends_with(&complete(1)));
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    signal.send_replace(Signal::Close);
    served.await.unwrap().unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}
