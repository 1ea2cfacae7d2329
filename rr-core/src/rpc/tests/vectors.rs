//! Every recorded request is answered with the recorded bytes.

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{hex, open, vectors};
use crate::{
    goridge::{Decoded, Frame, decode},
    rpc::ConnectionError,
};

/// The text of a decoder is its own; that there is one, and that the connection lives on, counts.
const OWN_TEXT: &str = "wrong-argument-type";
/// Go writes all integers 64 bits wide, here they are as short as they can be: the same values.
const OWN_WIDTHS: &str = "msgpack-workers";
/// The two requests for workers were recorded a moment apart.
const JSON_CPU: &str = "0.014872625312019378";
const MSGPACK_CPU: &str = "0.014872048374640281";

#[tokio::test]
async fn every_recorded_answer() {
    let (mut stream, _served) = open().await;
    let vectors = vectors();
    let mut seen = 0;
    for pair in vectors.chunks(2).filter(|pair| pair[0]["valid"] == true) {
        let name = pair[0]["name"].as_str().unwrap();
        let name = name.strip_suffix("-request").unwrap();
        let expected = hex(&pair[1]);
        stream.write_all(&hex(&pair[0])).await.unwrap();
        let answer = receive(&mut stream).await;
        match name {
            OWN_TEXT => {
                let recorded = whole(&expected);
                assert_eq!(answer.flags, recorded.flags);
                assert_eq!(answer.options, recorded.options);
                let text = String::from_utf8_lossy(&answer.payload[16..]);
                assert_eq!(
                    text,
                    "invalid type: map, expected a string at line 1 column 0"
                );
            }
            OWN_WIDTHS => {
                let recorded = whole(&expected);
                assert_eq!(answer.flags, recorded.flags);
                assert_eq!(answer.options, recorded.options);
                let recorded = msgpack(&recorded.payload[16..]);
                assert_eq!(
                    msgpack(&answer.payload[16..]).replace(JSON_CPU, MSGPACK_CPU),
                    recorded
                );
            }
            _ => assert_eq!(encode(&answer), expected, "{name}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 20);
}

#[tokio::test]
async fn every_invalid_frame_closes_its_connection_only() {
    let vectors = vectors();
    let invalid: Vec<_> = vectors.iter().filter(|it| it["valid"] == false).collect();
    assert_eq!(invalid.len(), 3);
    for vector in invalid {
        let (mut stream, served) = open().await;
        stream.write_all(&hex(vector)).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty(), "{}", vector["name"]);
        let outcome = served.await.unwrap();
        assert!(
            matches!(outcome, Err(ConnectionError::Request(_))),
            "{}: {outcome:?}",
            vector["name"]
        );
    }
}

async fn receive(stream: &mut tokio::net::TcpStream) -> Frame {
    let mut buffer = BytesMut::new();
    loop {
        if let Decoded::Frame(frame) = decode(&mut buffer, 1 << 20).unwrap() {
            assert!(buffer.is_empty(), "one answer a request");
            return frame;
        }
        assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0);
    }
}

fn whole(bytes: &[u8]) -> Frame {
    match decode(&mut BytesMut::from(bytes), 1 << 20) {
        Ok(Decoded::Frame(frame)) => frame,
        other => panic!("a vector is a frame: {other:?}"),
    }
}

fn encode(frame: &Frame) -> Vec<u8> {
    [&*frame.head(), &*frame.payload].concat()
}

/// Any MessagePack, keys in their order.
fn msgpack(bytes: &[u8]) -> String {
    let value: serde_json::Value = rmp_serde::from_slice(bytes).unwrap();
    value.to_string()
}
