//! Any frame is answered or refused, in time and without a panic.

use bytes::BytesMut;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{bytes, registry};
use crate::{
    goridge::{Decoded, Flags, Frame, Options, decode, prefix},
    lifecycle::Stop,
    rpc::{
        Limits,
        packages::{Reader, Taken},
        serve_connection,
        sniff::{Dialect, Sniffed, sniff},
    },
};

/// Frames that are calls more often than chance would have it.
fn any_frame() -> impl Strategy<Value = Frame> {
    let name = prop_oneof![
        3 => prop::sample::select(vec![
            "informer.List", "informer.Workers", "rpc.Config", "rpc.Version",
            "test.Echo", "test.Double", "test.Sum", "test.Nope", "nope.Nope", "nodot",
        ]).prop_map(|name| name.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    let argument = prop_oneof![
        prop::sample::select(vec!["", "true", "null", "\"http\"", "[1,2]", "\u{0}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    let flags = prop_oneof![
        3 => prop::sample::select(vec![0x04, 0x08, 0x10, 0x20, 0x80]),
        1 => any::<u8>(),
    ];
    let skew = prop_oneof![8 => Just(0), 1 => any::<u32>()];
    (flags, any::<u32>(), name, argument, skew).prop_map(
        |(flags, sequence, name, argument, skew)| {
            let length = (name.len() as u32).wrapping_add(skew);
            Frame {
                options: Options::from([sequence, length]),
                ..Frame::new(Flags(flags), [name, argument].concat())
            }
        },
    )
}

/// All that a server with the given input answers, once the client has sent its last.
fn served(input: &[u8]) -> (Vec<u8>, bool) {
    served_in_parts([input])
}

/// The same where the input comes in parts, each read before the next is there.
fn served_in_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(server);
        let serving = serve_connection(reader, writer, registry(), Limits::default(), Stop::new());
        let (outcome, ()) = tokio::join!(serving, async {
            for part in parts {
                client.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
            client.shutdown().await.unwrap();
        });
        let mut answers = Vec::new();
        client.read_to_end(&mut answers).await.unwrap();
        (answers, outcome.is_ok())
    })
}

fn is_call(frame: &Frame) -> bool {
    frame.options[1] as usize <= frame.payload.len()
}

proptest! {
    #[test]
    fn each_call_has_one_answer_with_its_own_head(frames in prop::collection::vec(any_frame(), 1..8)) {
        let input: Vec<u8> = frames.iter().flat_map(bytes).collect();
        let (answers, well) = served(&input);
        prop_assert_eq!(well, frames.iter().all(is_call));
        if !well {
            return Ok(());
        }
        let mut answers = BytesMut::from(&*answers);
        for frame in &frames {
            let Ok(Decoded::Frame(answer)) = decode(&mut answers, 1 << 20) else {
                return Err(TestCaseError::fail("an answer is missing"));
            };
            let name = frame.options[1] as usize;
            prop_assert_eq!(answer.options, frame.options);
            prop_assert_eq!(&answer.payload[..name], &frame.payload[..name]);
            prop_assert_eq!(answer.flags.codec(), frame.flags.codec());
        }
        prop_assert!(answers.is_empty());
    }

    #[test]
    fn packages_are_read_alike_however_they_come(
        calls in prop::collection::vec(("[a-z.]{0,9}", any::<u64>(), prop::collection::vec(any::<u8>(), 0..40), any::<bool>()), 1..5),
        cuts in prop::collection::vec(1_usize..30, 1..20),
    ) {
        let mut input = Vec::new();
        for (method, sequence, argument, raw) in &calls {
            input.extend(prefix::of(0x14, method.len() + 8));
            input.extend(method.as_bytes());
            input.extend(sequence.to_le_bytes());
            input.extend(prefix::of(if *raw { 4 } else { 0 }, argument.len()));
            input.extend(argument);
        }
        let (mut reader, mut inbox, mut read) = (Reader::default(), BytesMut::new(), Vec::new());
        let mut cuts = cuts.iter().cycle();
        while !input.is_empty() {
            let cut = *cuts.next().unwrap();
            inbox.extend(input.drain(..cut.min(input.len())));
            while let Taken::Request(it) = reader.take(&mut inbox, 1 << 20).unwrap() {
                let method = String::from_utf8(it.method.to_vec()).unwrap();
                read.push((method, u64::from_le_bytes(it.sequence), it.argument.to_vec(), it.raw));
            }
        }
        prop_assert_eq!(read, calls);
        prop_assert!(!reader.is_midway() && inbox.is_empty());
    }

    #[test]
    fn calls_are_answered_alike_however_they_come(
        frames in prop::collection::vec(any_frame(), 1..8),
        cuts in prop::collection::vec(1_usize..90, 1..20),
    ) {
        let frames = frames.iter().filter(|it| is_call(it));
        let input: Vec<u8> = frames.flat_map(bytes).collect();
        let (mut rest, mut parts) = (&*input, Vec::new());
        for cut in cuts.iter().cycle().take_while(|_| !input.is_empty()) {
            let (part, behind) = rest.split_at(*cut.min(&rest.len()));
            parts.push(part);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(served_in_parts(parts), served(&input));
    }

    #[test]
    fn any_bytes_end_well(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = served(&bytes);
    }

    #[test]
    fn the_first_bytes_tell_frames(frame in any_frame(), cut in 0_usize..12) {
        let bytes = bytes(&frame);
        prop_assert_eq!(sniff(&bytes), Sniffed::Dialect(Dialect::Frames));
        prop_assert_eq!(sniff(&bytes[..cut]), Sniffed::More);
    }

    #[test]
    fn the_first_bytes_tell_prefixes(size in 0_u64..1 << 40, cut in 0_usize..17) {
        let mut bytes = vec![0x14];
        bytes.extend(size.to_le_bytes());
        bytes.extend(size.to_be_bytes());
        prop_assert_eq!(sniff(&bytes), Sniffed::Dialect(Dialect::Prefix));
        prop_assert_eq!(sniff(&bytes[..cut]), Sniffed::More);
    }
}
