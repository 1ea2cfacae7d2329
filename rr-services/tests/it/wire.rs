//! RPC byte by byte: one connection, frames as they were recorded.

use std::net::SocketAddr;

use bytes::BytesMut;
use rr_core::goridge::{Codec, Decoded, Frame, Options, decode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection to the RPC port.
pub(crate) struct Wire {
    stream: TcpStream,
    inbox: BytesMut,
}

impl Wire {
    pub(crate) async fn connect(rpc: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(rpc).await.unwrap(),
            inbox: BytesMut::new(),
        }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn call(
        &mut self,
        codec: Codec,
        sequence: u32,
        method: &str,
        argument: &[u8],
    ) {
        let payload = [method.as_bytes(), argument].concat();
        let frame = Frame {
            options: Options::from([sequence, method.len() as u32]),
            ..Frame::new(codec.into(), payload)
        };
        let bytes = [&*frame.head(), &*frame.payload].concat();
        self.write(&bytes).await;
    }

    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            if let Decoded::Frame(frame) = decode(&mut self.inbox, 1 << 20).unwrap() {
                return frame;
            }
            assert_ne!(self.stream.read_buf(&mut self.inbox).await.unwrap(), 0);
        }
    }

    /// The next answer: its sequence number and its result.
    pub(crate) async fn answer(&mut self) -> (u32, Vec<u8>) {
        let frame = self.frame().await;
        let &[sequence, method] = &*frame.options else {
            panic!("{frame:?}")
        };
        (sequence, frame.payload[method as usize..].to_vec())
    }
}

/// A recorded frame as it stood on the wire.
pub(crate) fn recorded(name: &str) -> Vec<u8> {
    let vectors = vectors();
    let vector = vectors.iter().find(|it| it["name"] == name);
    let hex = vector.unwrap_or_else(|| panic!("no vector {name}"))["hex"].as_str();
    let digits = hex.unwrap().as_bytes().chunks(2);
    digits
        .map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap())
        .collect()
}

/// The names of all recorded frames.
#[cfg(unix)]
pub(crate) fn recordings() -> Vec<String> {
    let names = vectors().into_iter();
    names
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

fn vectors() -> Vec<serde_json::Value> {
    let vectors = include_str!("../../../rr-core/tests/vectors/rpc-plugins.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    vectors["vectors"].as_array().unwrap().clone()
}

/// Sends recorded requests one by one, and wants the answers that were recorded with them.
pub(crate) async fn replay(rpc: SocketAddr, names: &[&str]) {
    let mut wire = Wire::connect(rpc).await;
    for name in names {
        wire.write(&recorded(&format!("{name}-request"))).await;
        let frame = wire.frame().await;
        let answer = [&*frame.head(), &*frame.payload].concat();
        assert_eq!(answer, recorded(&format!("{name}-response")), "{name}");
    }
}
