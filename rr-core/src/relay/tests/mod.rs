//! Relays over memory: frames come whole, whatever pieces the bytes come in.

mod noise;

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::{Relay, RelayAddress, RelayError, Wire};
use crate::goridge::{Flags, Frame, FrameError, Options, StreamBits};

fn relay(io: DuplexStream) -> Relay {
    Relay::new(io, Wire::Frames)
}

async fn send(relay: &mut Relay, context: &[u8], body: &[u8]) {
    let options = Options::from([u32::try_from(context.len()).unwrap()]);
    let sent = relay.send(Flags::NONE, StreamBits::NONE, &options, (context, body));
    sent.await.unwrap();
}

#[tokio::test]
async fn frames_come_whole_in_whatever_pieces() {
    for piece in [1, 7, 100, 100_000] {
        let (ours, theirs) = duplex(piece);
        let (mut ours, mut theirs) = (relay(ours), relay(theirs));
        let body = vec![7; 50_000];
        let (frames, ()) = tokio::join!(
            async { [theirs.recv().await.unwrap(), theirs.recv().await.unwrap()] },
            async {
                send(&mut ours, b"head", &body).await;
                send(&mut ours, b"", b"").await;
            },
        );
        assert_eq!(frames[0].payload, [b"head", &body[..]].concat());
        assert_eq!(
            (&*frames[0].options, &*frames[1].options),
            (&[4][..], &[0][..])
        );
    }
}

#[tokio::test]
async fn a_cancelled_read_loses_nothing() {
    let (mut far, near) = duplex(1024);
    let mut relay = relay(near);
    let frame = Frame::new(Flags::ERROR, "boom");
    let bytes = [&*frame.head(), &frame.payload].concat();
    for half in [&bytes[..5], &bytes[5..14]] {
        far.write_all(half).await.unwrap();
        let read = tokio::time::timeout(Duration::from_millis(5), relay.recv()).await;
        assert!(read.is_err(), "not whole yet");
    }
    far.write_all(&bytes[14..]).await.unwrap();
    assert_eq!(relay.recv().await.unwrap(), frame);
}

#[tokio::test]
async fn an_end_and_garbage_are_told_apart() {
    let (far, near) = duplex(64);
    drop(far);
    assert!(matches!(relay(near).recv().await, Err(RelayError::Closed)));

    let (mut far, near) = duplex(64);
    far.write_all(b"PHP Warning: something").await.unwrap();
    let mut relay = relay(near);
    assert!(matches!(
        relay.recv().await,
        Err(RelayError::Frame(FrameError::Crc))
    ));
    assert_eq!(relay.unread(), "PHP Warning: something");
}

#[tokio::test]
async fn a_claim_of_four_gigabytes_takes_no_memory() {
    let (mut far, near) = duplex(64);
    far.write_all(&[
        0x13, 0, 0xff, 0xff, 0xff, 0xff, 0x75, 0xf1, 0x3b, 0xea, 0, 0,
    ])
    .await
    .unwrap();
    let error = relay(near).recv().await.unwrap_err();
    assert!(matches!(
        error,
        RelayError::Frame(FrameError::TooLong { .. })
    ));
}

#[tokio::test]
async fn the_handshake_and_the_stop_are_control_frames() {
    let (mut far, near) = duplex(1024);
    let mut relay = relay(near);
    far.write_all(b"\x13\x01\x0d\0\0\0\xfb\x20\x8a\xfb\0\0{\"pid\":21474}")
        .await
        .unwrap();
    assert_eq!(relay.handshake().await.unwrap(), 21474);
    relay.stop().await.unwrap();
    drop(relay);
    let mut written = Vec::new();
    far.read_to_end(&mut written).await.unwrap();
    let hello = format!("{{\"pid\":{}}}", std::process::id());
    let stop = b"\x13\x09\x0d\0\0\0\x3a\x6b\xfa\xcb\0\0{\"stop\":true}";
    assert_eq!(&written[12..12 + hello.len()], hello.as_bytes());
    assert_eq!(&written[12 + hello.len()..], stop);
}

#[test]
fn addresses_are_read_and_written() {
    for text in ["pipes", "tcp://127.0.0.1:6002", "unix:///run/rr.sock"] {
        assert_eq!(text.parse::<RelayAddress>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "pipe",
        "tcp://",
        "tcp://:6002",
        "tcp://[::1]:1",
        "unix://",
        "udp://a:1",
    ] {
        let error = text.parse::<RelayAddress>().unwrap_err().to_string();
        assert!(error.starts_with("expected `pipes`"), "{text}: {error}");
    }
}
