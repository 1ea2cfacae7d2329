//! Frames between whatever a worker prints, in whatever pieces.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::mpsc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf, duplex};

use crate::{
    goridge::{Flags, Frame, FrameError, Options, decode, legacy},
    relay::{Relay, RelayError, Wire},
};

/// A peer that has written these pieces and closed.
struct Written(VecDeque<Bytes>);

impl crate::relay::Duplex for Written {
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn crate::relay::Duplex>> {
        Ok(self)
    }
}

impl AsyncRead for Written {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(piece) = self.0.front_mut() {
            let now = piece.split_to(piece.len().min(buf.remaining()));
            buf.put_slice(&now);
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Written {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Sends on what is logged; a flush is sent as nothing.
struct Log(mpsc::Sender<Vec<u8>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).ok();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.send(Vec::new()).ok();
        Ok(())
    }
}

/// A relay that logs noise, and what it has logged.
fn logging(
    io: impl crate::relay::Duplex + 'static,
    wire: Wire,
) -> (Relay, mpsc::Receiver<Vec<u8>>) {
    let (sender, logged) = mpsc::channel();
    let mut relay = Relay::new(io, wire);
    relay.log_noise(Log(sender));
    (relay, logged)
}

fn encode(wire: Wire, frame: &Frame) -> Vec<u8> {
    let context = frame.options.first().map_or(0, |it| *it as usize);
    let (context, body) = frame.payload.split_at(context);
    match wire {
        Wire::Frames => [&*frame.head(), &frame.payload].concat(),
        Wire::Packages => {
            // As a worker writes it: the same as a task, but for the flags of the body.
            let prefixes = legacy::Prefixes::of_task(context.len(), body.len());
            let mut second = prefixes.body.unwrap();
            second[0] = 0x04;
            [&prefixes.context, context, &second, body].concat()
        }
    }
}

/// Text, bytes that headers begin with, and zeros.
fn any_noise() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => 0x20..0x7fu8,
        1 => any::<u8>(),
        1 => prop::sample::select(vec![0x10, 0x12, 0x13, 0x14, 0x1c, 0x1d]),
        2 => Just(0),
    ];
    prop::collection::vec(byte, 0..60)
}

fn any_answer() -> impl Strategy<Value = Frame> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..100);
    (bytes(), bytes()).prop_map(|(context, body)| Frame {
        options: Options::from([context.len() as u32]),
        ..Frame::new(Flags::NONE, [context, body].concat())
    })
}

/// Whether something at the start of `bytes` could be taken for a frame.
fn looks_like_one(wire: Wire, bytes: &[u8]) -> bool {
    let mut buffer = BytesMut::from(bytes);
    match wire {
        Wire::Frames => bytes.len() >= 12 && decode(&mut buffer, 1 << 30).is_ok(),
        Wire::Packages => bytes.len() >= 17 && legacy::decode(&mut buffer, 1 << 30).is_ok(),
    }
}

proptest! {
    #[test]
    fn noise_around_frames_is_logged_and_no_frame_is_lost(
        parts in prop::collection::vec((any_noise(), any_answer()), 1..5),
        wire in prop::sample::select(vec![Wire::Frames, Wire::Packages]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut stream, mut noise, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        for (printed, frame) in &parts {
            starts.extend(stream.len()..stream.len() + printed.len());
            noise.extend_from_slice(printed);
            stream.extend_from_slice(printed);
            stream.extend_from_slice(&encode(wire, frame));
        }
        prop_assume!(!starts.iter().any(|at| looks_like_one(wire, &stream[*at..])));
        let mut cuts: Vec<usize> = cuts.iter().map(|it| it.index(stream.len())).collect();
        cuts.sort_unstable();
        cuts.push(stream.len());
        let mut from = 0;
        let mut pieces = VecDeque::new();
        for cut in cuts {
            if cut > from {
                pieces.push_back(Bytes::copy_from_slice(&stream[from..cut]));
                from = cut;
            }
        }
        let (mut relay, logged) = logging(Written(pieces), wire);
        for (_, frame) in &parts {
            let received = relay.recv().now_or_never().expect("it never waits").unwrap();
            prop_assert_eq!((&received.options, &received.payload), (&frame.options, &frame.payload));
        }
        let end = relay.recv().now_or_never().expect("it never waits");
        prop_assert!(matches!(end, Err(RelayError::Closed)));
        drop(relay);
        prop_assert_eq!(logged.iter().flatten().collect::<Vec<_>>(), noise);
    }
}

#[tokio::test]
async fn gigabytes_that_are_printed_take_no_memory() {
    for wire in [Wire::Frames, Wire::Packages] {
        let frame = Frame {
            options: Options::from([2]),
            ..Frame::new(Flags::NONE, "{}body")
        };
        let mut pieces = VecDeque::from(vec![Bytes::from(vec![b'='; 100_000]); 300]);
        pieces.push_back(encode(wire, &frame).into());
        let (mut relay, logged) = logging(Written(pieces), wire);
        assert_eq!(relay.recv().await.unwrap().payload, "{}body");
        assert!(relay.inbox.capacity() <= 64 << 10);
        assert_eq!(logged.try_iter().flatten().count(), 30_000_000);
        assert!(relay.unread().is_empty(), "it explains nothing any more");
    }
}

#[tokio::test]
async fn what_was_printed_before_the_end_is_there_for_the_message() {
    let text = Bytes::from(b"Fatal error\n".repeat(1000));
    let (mut relay, _logged) = logging(Written([text.clone()].into()), Wire::Frames);
    assert!(matches!(relay.recv().await, Err(RelayError::Closed)));
    let kept = relay.unread();
    assert!(text.starts_with(&kept) && (1000..5000).contains(&kept.len()));
}

#[tokio::test]
async fn while_idle_noise_is_logged_and_a_frame_is_unasked() {
    let (mut far, near) = duplex(1 << 20);
    let (mut relay, logged) = logging(near, Wire::Frames);
    assert!(matches!(relay.unasked(), Ok(None)));
    far.write_all(b"no line end").await.unwrap();
    assert!(matches!(relay.unasked(), Ok(None)));
    assert_eq!(
        logged.try_iter().collect::<Vec<_>>(),
        [&b"no line end"[..], b""],
        "what has no end is ended, lest it waits for the next task",
    );
    let frame = Frame::new(Flags::ERROR, "late");
    let bytes = encode(Wire::Frames, &frame);
    far.write_all(&[b"x", &bytes[..]].concat()).await.unwrap();
    assert_eq!(relay.unasked().unwrap(), Some(frame));
    far.write_all(&bytes[..14]).await.unwrap();
    assert!(matches!(relay.unasked(), Err(RelayError::Unasked)));
}

#[tokio::test]
async fn an_idle_peer_that_floods_is_given_up() {
    let (mut far, near) = duplex(4 << 20);
    let (mut relay, _logged) = logging(near, Wire::Frames);
    far.write_all(&vec![b'x'; 3 << 20]).await.unwrap();
    assert!(matches!(relay.unasked(), Err(RelayError::Unasked)));
}

#[tokio::test]
async fn what_is_printed_while_we_write_stops_nothing() {
    let (far, near) = duplex(4 << 10);
    let (mut relay, logged) = logging(near, Wire::Frames);
    let (from, mut to) = tokio::io::split(far);
    let body = vec![7; 100_000];
    let options = Options::from([0]);
    let peer = async {
        // Until all is printed nothing is read, as PHP does it.
        to.write_all(&[b'x'; 50_000]).await.unwrap();
        Relay::new(from.unsplit(to), Wire::Frames).recv().await
    };
    let sent = relay.send(Flags::NONE, Default::default(), &options, (b"", &body));
    let (sent, received) = tokio::join!(sent, peer);
    sent.unwrap();
    assert_eq!(received.unwrap().payload, body);
    assert_eq!(logged.try_iter().flatten().count(), 50_000);
}

#[tokio::test]
async fn a_missing_script_is_told_only_at_the_very_start() {
    let message = "Could not open input file: worker.php\n";
    for cut in 1..message.len() {
        let (start, end) = message.split_at(cut);
        let pieces = [start, end].map(|it| Bytes::copy_from_slice(it.as_bytes()));
        let (mut relay, _logged) = logging(Written(pieces.into()), Wire::Packages);
        let error = relay.recv().await.unwrap_err();
        assert!(matches!(
            error,
            RelayError::Frame(FrameError::MissingScript)
        ));
        assert!(relay.unread().starts_with(b"Could not open input file: "));
    }
    let later = Bytes::from(format!("a line\n{message}"));
    let (mut relay, _logged) = logging(Written([later].into()), Wire::Frames);
    assert!(matches!(relay.recv().await, Err(RelayError::Closed)));
}

/// Such a header is meant: waiting for what follows a guess would be waiting for ever.
#[tokio::test]
async fn a_frame_that_is_too_long_is_an_error_behind_noise_too() {
    let head = b"\x13\0\xff\xff\xff\xff\x75\xf1\x3b\xea\0\0";
    let bytes = Bytes::from([&b"Notice\n"[..], head].concat());
    let (mut relay, _logged) = logging(Written([bytes].into()), Wire::Frames);
    assert!(matches!(
        relay.recv().await,
        Err(RelayError::Frame(FrameError::TooLong { .. }))
    ));
}

#[tokio::test]
async fn the_older_line_shakes_hands_works_and_stops() {
    let (mut far, near) = duplex(4096);
    let mut relay = Relay::new(near, Wire::Packages);
    let pid = "\x10\x0d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0d{\"pid\":27952}";
    far.write_all(pid.as_bytes()).await.unwrap();
    assert_eq!(relay.handshake().await.unwrap(), 27952);
    let options = Options::from([2]);
    let parts = (&b"{}"[..], &b"body"[..]);
    let sent = relay.send(Flags::NONE, Default::default(), &options, parts);
    sent.await.unwrap();
    relay.stop().await.unwrap();
    drop(relay);
    let mut written = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut far, &mut written)
        .await
        .unwrap();
    let hello = 17 + format!("{{\"pid\":{}}}", std::process::id()).len();
    assert_eq!(written[0], 0x10);
    let task =
        b"\x14\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02{}\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04body";
    let stop = b"\x10\x0d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0d{\"stop\":true}";
    assert_eq!(
        written[hello..],
        [&task[..], stop].concat(),
        "{}",
        written.escape_ascii()
    );
}
