//! Order, pipelining, back-pressure, broken frames and silence, over real sockets.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Served, bytes, call, connect, open, receive, registry, request};
use crate::{
    goridge::{Codec, Flags, Frame, FrameError, Head, Options, StreamBits},
    lifecycle::Stop,
    rpc::{ConnectionError, Limits, serve_connection},
};

/// The server closes the connection without an answer; why it did.
async fn closed(mut stream: TcpStream, served: Served) -> ConnectionError {
    let mut rest = Vec::new();
    // A reset is as good as an end: bytes that nobody read were thrown away.
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the server closes");
    assert!(rest.is_empty(), "without an answer");
    served.await.unwrap().unwrap_err()
}

async fn refused(sent: &[u8]) -> ConnectionError {
    let (mut stream, served) = open().await;
    stream.write_all(sent).await.unwrap();
    closed(stream, served).await
}

#[tokio::test]
async fn answers_come_in_the_order_in_which_calls_finish() {
    let (mut stream, _served) = open().await;
    let mut sent = bytes(&request(Codec::Json, 1, "test.Sleep", b"100"));
    sent.extend(bytes(&request(Codec::Json, 2, "test.Sleep", b"1")));
    sent.extend(bytes(&request(Codec::Json, 3, "rpc.Version", b"true")));
    stream.write_all(&sent).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(receive(&mut stream).await.1);
    }
    assert_eq!(order, [3, 2, 1]);
}

#[tokio::test]
async fn thousands_of_pipelined_calls_are_all_answered() {
    let (stream, _served) = open().await;
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        for sequence in 0..5_000 {
            let method = ["rpc.Version", "test.Sleep"][sequence as usize % 2];
            let frame = request(Codec::Json, sequence, method, b"1");
            writer.write_all(&bytes(&frame)).await.unwrap();
        }
        writer
    });
    let mut seen = vec![false; 5_000];
    for _ in 0..5_000 {
        let (flags, sequence, _) = receive(&mut reader).await;
        assert!(!flags.contains(Flags::ERROR));
        assert!(!std::mem::replace(&mut seen[sequence as usize], true));
    }
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn a_frame_in_single_bytes_is_a_frame() {
    let (mut stream, _served) = open().await;
    stream.set_nodelay(true).unwrap();
    for byte in bytes(&request(Codec::Json, 5, "test.Sum", b"[20,22]")) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(receive(&mut stream).await.2, "42");
}

#[tokio::test]
async fn megabytes_go_through_whole() {
    let (mut stream, _served) = open().await;
    let large = vec![b'x'; 5 << 20];
    let echoed = call(&mut stream, Codec::Raw, "test.Echo", &large).await;
    assert!(echoed.into_bytes() == large);
}

#[tokio::test]
async fn a_client_that_has_sent_its_last_still_gets_its_answers() {
    let (mut stream, served) = open().await;
    let frame = request(Codec::Json, 1, "test.Sleep", b"20");
    stream.write_all(&bytes(&frame)).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(receive(&mut stream).await.2, "20");
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn calls_in_work_are_limited_and_the_rest_waits() {
    let limits = Limits {
        calls: 2,
        ..Limits::default()
    };
    let (mut stream, _served) = connect(limits, Stop::new()).await;
    let mut sent = bytes(&request(Codec::Json, 0, "test.Sleep", b"300"));
    sent.extend(bytes(&request(Codec::Json, 1, "test.Sleep", b"50")));
    sent.extend(bytes(&request(Codec::Json, 2, "rpc.Version", b"true")));
    stream.write_all(&sent).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(receive(&mut stream).await.1);
    }
    assert_eq!(
        order,
        [1, 2, 0],
        "the quick call had to wait for a slow one"
    );
}

#[tokio::test]
async fn a_client_that_takes_no_answers_is_not_read_from() {
    let limits = Limits {
        frame: 64 << 10,
        ..Limits::default()
    };
    // A pipe of 1 KiB stands for the buffers of a socket: all that is accepted beyond
    // them would be memory of the server.
    let (mut client, server) = tokio::io::duplex(1 << 10);
    let (reader, writer) = tokio::io::split(server);
    let _served = tokio::spawn(serve_connection(
        reader,
        writer,
        registry(),
        limits,
        Stop::new(),
    ));
    let frame = bytes(&request(Codec::Raw, 1, "test.Echo", &[b'x'; 8 << 10]));
    let mut accepted = 0;
    while timeout(Duration::from_millis(200), client.write_all(&frame))
        .await
        .is_ok()
    {
        accepted += frame.len();
        assert!(
            accepted < 1 << 20,
            "the server takes in what nobody waits for"
        );
    }
    assert!(accepted >= 64 << 10);
}

#[tokio::test]
async fn bytes_that_are_no_frame() {
    let http = refused(b"GET / HTTP/1.1\r\n\r\n").await;
    assert!(
        matches!(http, ConnectionError::Frame(FrameError::Crc)),
        "{http}"
    );

    let mut flipped = bytes(&request(Codec::Json, 1, "rpc.Version", b"true"));
    flipped[7] ^= 1;
    let flipped = refused(&flipped).await;
    assert!(
        matches!(flipped, ConnectionError::Frame(FrameError::Crc)),
        "{flipped}"
    );
}

#[tokio::test]
async fn a_claim_of_four_gigabytes() {
    let options = Options::from([1, 11]);
    let head = Head::new(
        Codec::Json.into(),
        StreamBits::NONE,
        &options,
        u32::MAX as usize,
    );
    let error = refused(&head).await;
    insta::assert_snapshot!(error, @"a goridge frame of 4294967295 bytes, at most 67108864 are allowed");
}

#[tokio::test]
async fn header_words_that_are_none() {
    for words in [0, 1, 2, 14, 15] {
        let mut head = [0; 12];
        head[0] = 1 << 4 | words;
        let crc = crc32fast::hash(&head[..6]);
        head[6..10].copy_from_slice(&crc.to_le_bytes());
        let error = refused(&head).await;
        assert!(
            matches!(
                error,
                ConnectionError::Frame(FrameError::HeaderLength(_) | FrameError::TooManyOptions(_))
            ),
            "{words}: {error}"
        );
    }
}

#[tokio::test]
async fn a_method_name_beyond_the_payload() {
    let frame = Frame {
        options: Options::from([1, 4_000_000_000]),
        ..Frame::new(Codec::Json.into(), "a.B")
    };
    let error = refused(&bytes(&frame)).await;
    insta::assert_snapshot!(error, @"not an RPC request: a method name of 4000000000 bytes in a payload of 3");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_frame() {
    let whole = bytes(&request(Codec::Json, 1, "rpc.Version", b"true"));
    for cut in 1..whole.len() {
        let (mut stream, served) = open().await;
        stream.write_all(&whole[..cut]).await.unwrap();
        stream.shutdown().await.unwrap();
        let error = closed(stream, served).await;
        assert!(matches!(error, ConnectionError::CutShort), "{cut}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_in_the_middle_of_a_frame_closes_silence_between_frames_does_not() {
    let whole = bytes(&request(Codec::Json, 1, "rpc.Version", b"true"));
    for cut in [1, 11, 12, 19, whole.len() - 1] {
        let (mut client, server) = tokio::io::duplex(1 << 10);
        let (reader, writer) = tokio::io::split(server);
        let limits = Limits::default();
        let served = tokio::spawn(serve_connection(
            reader,
            writer,
            registry(),
            limits,
            Stop::new(),
        ));
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert_eq!(
            call(&mut client, Codec::Json, "test.Sum", b"[1]").await,
            "1"
        );
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        client.write_all(&whole[..cut]).await.unwrap();
        let error = served.await.unwrap().unwrap_err();
        assert!(matches!(error, ConnectionError::Silent(it) if it == limits.silence));
    }
}

#[tokio::test]
async fn a_stop_finishes_what_has_begun_and_begins_nothing() {
    let stop = Stop::new();
    let (mut stream, served) = connect(Limits::default(), stop.clone()).await;
    let slow = request(Codec::Json, 1, "test.Sleep", b"100");
    let quick = request(Codec::Json, 2, "rpc.Version", b"true");
    stream.write_all(&bytes(&slow)).await.unwrap();
    stream.write_all(&bytes(&quick)).await.unwrap();
    assert_eq!(receive(&mut stream).await.1, 2, "the slow call has begun");
    stop.cancel();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stream.write_all(&bytes(&quick)).await.unwrap();
    assert_eq!(receive(&mut stream).await.1, 1);
    served.await.unwrap().unwrap();
    let mut rest = Vec::new();
    // Closed with a request unread: an end or a reset, but no answer.
    stream.read_to_end(&mut rest).await.ok();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_call_that_never_ends_holds_nobody_else() {
    let (mut stream, _served) = open().await;
    let hang = request(Codec::Json, 1, "test.Hang", b"");
    stream.write_all(&bytes(&hang)).await.unwrap();
    assert_eq!(
        call(&mut stream, Codec::Json, "test.Sum", b"[1]").await,
        "1"
    );
}
