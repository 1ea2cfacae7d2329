//! Clients of goridge 1 and 2, by what was recorded of theirs and of RoadRunner 1.9.2.

use bytes::BytesMut;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{hex, open, vectors_of};
use crate::{
    goridge::prefix::{Decoded, Package, decode, flag},
    rpc::ConnectionError,
};

const HEADER: u8 = flag::CONTROL | flag::RAW;

fn package(flags: u8, payload: &[u8]) -> Vec<u8> {
    let payload = payload.to_vec().into();
    let package = Package { flags, payload };
    [&package.prefix()[..], &package.payload].concat()
}

fn call(method: &str, sequence: u64, flags: u8, argument: &[u8]) -> Vec<u8> {
    let header = [method.as_bytes(), &sequence.to_le_bytes()].concat();
    [package(HEADER, &header), package(flags, argument)].concat()
}

fn packages(bytes: &[u8]) -> Vec<Package> {
    let mut bytes = BytesMut::from(bytes);
    let mut packages = Vec::new();
    while let Ok(Decoded::Package(package)) = decode(&mut bytes, 1 << 20) {
        packages.push(package);
    }
    assert!(bytes.is_empty());
    packages
}

async fn receive(stream: &mut TcpStream) -> [Package; 2] {
    let mut read = async || {
        let mut bytes = BytesMut::new();
        loop {
            match decode(&mut bytes, 1 << 20).unwrap() {
                Decoded::Package(package) => return package,
                Decoded::Need(missing) => {
                    let mut more = vec![0; missing];
                    stream.read_exact(&mut more).await.unwrap();
                    bytes.extend_from_slice(&more);
                }
            }
        }
    };
    [read().await, read().await]
}

/// The answer as text, behind what its flags say.
async fn check(stream: &mut TcpStream, method: &str, flags: u8, argument: &[u8], expected: &str) {
    stream
        .write_all(&call(method, 7, flags, argument))
        .await
        .unwrap();
    let [header, body] = receive(stream).await;
    assert_eq!(header.flags, HEADER);
    assert_eq!(
        header.payload,
        [method.as_bytes(), &7_u64.to_le_bytes()].concat()
    );
    let kind = match body.flags {
        0 => "json",
        flag::RAW => "raw",
        0x0c => "error",
        other => panic!("flags {other:#04x}"),
    };
    let text = String::from_utf8_lossy(&body.payload);
    assert_eq!(format!("{kind} {text}"), expected, "{method}");
}

#[tokio::test]
async fn what_was_recorded_is_answered_as_it_was() {
    let vectors = vectors_of(include_str!("../../../tests/vectors/legacy.json"));
    let name = |it: &Value| it["name"].as_str().unwrap().to_owned();
    let pairs = vectors.windows(2).filter(|pair| {
        let request = name(&pair[0]);
        request.starts_with("legacy-rpc-") && request.ends_with("-request")
    });
    let (mut stream, _served) = open().await;
    let mut seen = 0;
    for pair in pairs {
        stream.write_all(&hex(&pair[0])).await.unwrap();
        let [header, body] = receive(&mut stream).await;
        let recorded = packages(&hex(&pair[1]));
        assert_eq!(header, recorded[0], "{}", name(&pair[0]));
        assert_eq!(body.flags, recorded[1].flags, "{}", name(&pair[0]));
        match name(&pair[0]).as_str() {
            // The text of a decoder is its own.
            "legacy-rpc-http-workers-bad-type-request" => assert!(!body.payload.is_empty()),
            "legacy-rpc-http-workers-request" | "legacy-rpc-http-workers-raw-request" => {
                assert_eq!(shape(&body.payload), shape(&recorded[1].payload));
            }
            other => assert_eq!(body.payload, recorded[1].payload, "{other}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 7);
}

/// All but the numbers, which are those of a moment.
fn shape(json: &[u8]) -> String {
    let text = String::from_utf8(json.to_vec()).unwrap();
    text.replace(|it: char| it.is_ascii_digit(), "")
}

#[tokio::test]
async fn types_decide_what_is_json_and_what_is_bytes() {
    let (mut stream, _served) = open().await;
    let stream = &mut stream;
    check(stream, "test.Sum", 0, b"[1,2]", "json 3").await;
    check(stream, "test.Sum", flag::RAW, b"[1,2]", "json 3").await;
    check(stream, "test.Echo", flag::RAW, b"\x01[", "raw \x01[").await;
    check(stream, "test.Echo", 0, b"\"aGk=\"", "raw hi").await;
    check(stream, "test.Echo", flag::NONE, b"", "raw ").await;
    check(stream, "test.Sum", flag::NONE, b"", "json 0").await;
    check(stream, "rpc.Config", 0, b"true", "raw {\"version\":\"3\"}").await;
    check(
        stream,
        "nodot",
        0,
        b"1",
        "error rpc: service/method request ill-formed: nodot",
    )
    .await;
    check(
        stream,
        "test.Double",
        0,
        b"\"a\"",
        "error this method speaks protobuf only; help: call it with the protobuf codec",
    )
    .await;
    check(
        stream,
        "test.Panic",
        0,
        b"",
        "error internal error: `test.Panic` panicked",
    )
    .await;
}

#[tokio::test]
async fn calls_run_side_by_side_and_may_come_byte_by_byte() {
    let (mut stream, _served) = open().await;
    let both = [
        call("test.Sleep", 1, 0, b"50"),
        call("test.Sum", 2, 0, b"[4]"),
    ]
    .concat();
    for byte in both {
        stream.write_all(&[byte]).await.unwrap();
    }
    for expected in [2_u64, 1] {
        let [header, _] = receive(&mut stream).await;
        assert!(header.payload.ends_with(&expected.to_le_bytes()));
    }
}

async fn closed(sent: &[u8]) -> String {
    let (mut stream, served) = open().await;
    stream.write_all(sent).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    let error: ConnectionError = served.await.unwrap().unwrap_err();
    error.to_string()
}

#[tokio::test]
async fn what_is_no_call_closes_the_connection() {
    let whole = call("test.Sum", 1, 0, b"[1]");
    for cut in [1, 16, 17, 20, 33, 34, 50, whole.len() - 1] {
        assert_eq!(
            closed(&whole[..cut]).await,
            "the client closed the connection in the middle of a frame",
            "{cut}"
        );
    }
    for (sent, expected) in [
        (
            package(flag::CONTROL, b"{\"stop\":true}"),
            "not an RPC request: a package with the flags 0x10, 0x14 is needed",
        ),
        (
            package(HEADER, b"short"),
            "not an RPC request: a header of 5 bytes, the sequence alone has 8",
        ),
        (
            package(HEADER, &[b'x'; 5000]),
            "a goridge package of 5000 bytes, at most 4096 are allowed",
        ),
        (
            [
                package(HEADER, b"a.B\0\0\0\0\0\0\0\0"),
                b"0123456789abcdefg".to_vec(),
            ]
            .concat(),
            "not a goridge package: its two sizes differ (output of the application?)",
        ),
    ] {
        assert_eq!(closed(&sent).await, expected);
    }
}
