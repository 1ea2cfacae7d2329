//! Every recorded vector, and properties of any frame.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    Codec, Decoded, Flags, Frame, FrameError, Head, MAX_OPTIONS, Options, StreamBits, decode,
    legacy, prefix,
};

const ANY: usize = u32::MAX as usize;

fn vectors(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn hex(vector: &Value) -> BytesMut {
    let text = vector["hex"].as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect::<Vec<_>>()
        .as_slice()
        .into()
}

fn encode(frame: &Frame) -> BytesMut {
    let mut bytes = BytesMut::from(&*frame.head());
    bytes.extend_from_slice(&frame.payload);
    bytes
}

/// Valid frames decode to what the vector says and encode to the same bytes.
fn valid(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let bytes = hex(vector);
    let mut buffer = bytes.clone();
    let Ok(Decoded::Frame(frame)) = decode(&mut buffer, ANY) else {
        panic!("{name} is a valid frame");
    };
    let decoded = &vector["decoded"];
    assert!(buffer.is_empty(), "{name}: one frame");
    assert_eq!(frame.flags.0, decoded["flags"].as_u64().unwrap() as u8);
    assert_eq!(
        frame.stream.0,
        decoded["stream_byte"].as_u64().unwrap() as u8
    );
    let options: Vec<u32> = serde_json::from_value(decoded["options"].clone()).unwrap();
    assert_eq!(*frame.options, *options, "{name}");
    assert_eq!(
        frame.payload.len() as u64,
        decoded["payload_len"].as_u64().unwrap()
    );
    if decoded["version"] == 1 && decoded["reserved_byte"] == 0 {
        assert_eq!(encode(&frame), bytes, "{name} is written as it was read");
    }
}

fn invalid(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let bytes = hex(vector);
    let mut buffer = bytes.clone();
    let outcome = decode(&mut buffer, ANY);
    let whole = matches!(outcome, Ok(Decoded::Frame(_)));
    let expected = vector["error"].as_str().unwrap();
    let as_expected = match expected {
        "bad_crc" => outcome == Err(FrameError::Crc),
        "unexpected_eof" | "eof" => matches!(outcome, Ok(Decoded::Need(1..))),
        "bad_header_length" => matches!(outcome, Err(FrameError::HeaderLength(..3))),
        "too_many_options" => matches!(outcome, Err(FrameError::TooManyOptions(11..))),
        "script_not_found" => outcome == Err(FrameError::MissingScript),
        // Well-formed frames whose meaning is wrong: refused a layer above.
        "bad_rpc_header" | "decode_error" | "bad_payload" | "handshake_failed" | "worker_dies"
        | "ends_loop" => whole,
        other => panic!("{name}: no such error: {other}"),
    };
    assert!(as_expected, "{name}: {outcome:?}");
    if !whole {
        assert_eq!(buffer, bytes, "{name}: refused bytes stay to be shown");
    }
}

#[test]
fn every_frame_vector() {
    let mut seen = 0;
    for text in [
        include_str!("../../tests/vectors/frames.json"),
        include_str!("../../tests/vectors/worker.json"),
        include_str!("../../tests/vectors/http.json"),
        include_str!("../../tests/vectors/rpc.json"),
        include_str!("../../tests/vectors/rpc-plugins.json"),
        include_str!("../../tests/vectors/plugin-workers.json"),
    ] {
        for vector in vectors(text) {
            seen += 1;
            match vector["valid"].as_bool().unwrap() {
                true => valid(&vector),
                false => invalid(&vector),
            }
        }
    }
    assert_eq!(seen, 257);
}

#[test]
fn every_prefix_vector() {
    let all = vectors(include_str!("../../tests/vectors/legacy.json"));
    assert_eq!(all.len(), 28);
    for vector in all {
        let name = vector["name"].as_str().unwrap();
        let bytes = hex(&vector);
        let mut buffer = bytes.clone();
        if vector["valid"] == false {
            let outcome = prefix::decode(&mut buffer, ANY);
            match vector["error"].as_str().unwrap() {
                "bad_prefix" => {
                    assert_eq!(outcome, Err(prefix::PrefixError::SizesDiffer), "{name}")
                }
                "unexpected_eof" => assert!(matches!(outcome, Ok(prefix::Decoded::Need(1..)))),
                other => panic!("{name}: no such error: {other}"),
            }
            continue;
        }
        let mut again = BytesMut::new();
        for package in vector["packages"].as_array().unwrap() {
            let Ok(prefix::Decoded::Package(it)) = prefix::decode(&mut buffer, ANY) else {
                panic!("{name} holds a package");
            };
            assert_eq!(u64::from(it.flags), package["flags"].as_u64().unwrap());
            assert_eq!(it.payload.len() as u64, package["size"].as_u64().unwrap());
            again.extend_from_slice(&it.prefix());
            again.extend_from_slice(&it.payload);
        }
        assert!(buffer.is_empty(), "{name}");
        assert_eq!(again, bytes, "{name} is written as it was read");
    }
}

/// The recorded exchange `name` of a worker of the older line.
fn legacy_vector(name: &str) -> BytesMut {
    let all = vectors(include_str!("../../tests/vectors/legacy.json"));
    hex(all.iter().find(|it| it["name"] == name).unwrap())
}

#[test]
fn what_a_worker_of_the_older_line_says_is_a_frame() {
    let stop = br#"{"stop":true}"#;
    for (name, flags, context, payload) in [
        (
            "legacy-pid-response",
            Flags::CONTROL | Codec::Json.into(),
            None,
            &br#"{"pid":27952}"#[..],
        ),
        (
            "legacy-worker-error",
            Flags::ERROR,
            None,
            b"application exploded",
        ),
        (
            "legacy-response-without-context",
            Flags::NONE,
            Some(0),
            b"no header",
        ),
        ("legacy-worker-wants-stop", Flags::NONE, Some(13), stop),
    ] {
        let whole = legacy_vector(name);
        for cut in 0..whole.len() {
            let mut part = BytesMut::from(&whole[..cut]);
            let decoded = legacy::decode(&mut part, ANY);
            assert!(
                matches!(decoded, Ok(Decoded::Need(1..))),
                "{name} until {cut}"
            );
            assert_eq!(part, whole[..cut], "{name}: a part is not taken");
        }
        let mut buffer = whole;
        let Ok(Decoded::Frame(frame)) = legacy::decode(&mut buffer, ANY) else {
            panic!("{name} is whole");
        };
        assert!(buffer.is_empty(), "{name}");
        assert_eq!((frame.flags, &*frame.payload), (flags, payload), "{name}");
        assert_eq!(frame.options.first().copied(), context, "{name}");
    }
    let mut buffer = legacy_vector("legacy-http-get-response");
    let Ok(Decoded::Frame(frame)) = legacy::decode(&mut buffer, ANY) else {
        panic!("it is whole");
    };
    let (head, body) = frame.payload.split_at(42);
    assert_eq!(head, br#"{"status":201,"headers":{"X-Y":["1","2"]}}"#);
    assert_eq!((&*frame.options, body.len()), (&[42][..], 292));
}

#[test]
fn what_is_said_to_a_worker_of_the_older_line_is_as_recorded() {
    let stop = legacy_vector("legacy-stop-request");
    let prefixes = legacy::Prefixes::of_command(13);
    assert_eq!(prefixes.context, stop[..17]);
    assert!(prefixes.body.is_none());
    let form = legacy_vector("legacy-http-form-request");
    let prefixes = legacy::Prefixes::of_task(307, 25);
    assert_eq!(prefixes.context, form[..17]);
    assert_eq!(prefixes.body.unwrap(), form[17 + 307..][..17]);
}

#[test]
fn noise_is_no_answer_of_the_older_line() {
    let line = vec![b'='; 80];
    let zeros = [&[0x12][..], &[0; 16], b"PNG and so on...."].concat();
    for noise in [&b"Warning: x\n"[..], &line, &zeros, &[0; 50], &[0x1e; 40]] {
        assert_eq!(
            legacy::noise(noise),
            noise.len(),
            "{}",
            noise.escape_ascii()
        );
        let whole = [noise, &legacy_vector("legacy-http-get-response")].concat();
        assert_eq!(legacy::noise(&whole), noise.len());
    }
    let mut broken = legacy_vector("legacy-http-get-response");
    broken.truncate(17 + 42);
    broken.extend_from_slice(&line);
    let error = legacy::decode(&mut broken, ANY);
    assert_eq!(error, Err(prefix::PrefixError::NoBody));
}

#[test]
fn a_claim_of_four_gigabytes_is_refused_by_the_limit() {
    let head = Head::new(Flags::NONE, StreamBits::NONE, &Options::default(), ANY);
    let mut buffer = BytesMut::from(&*head);
    assert_eq!(
        decode(&mut buffer, 64 << 20),
        Err(FrameError::TooLong {
            len: u32::MAX as usize,
            max: 64 << 20,
        }),
    );
}

fn any_frame() -> impl Strategy<Value = Frame> {
    (
        any::<u8>(),
        any::<u8>(),
        prop::collection::vec(any::<u32>(), 0..=MAX_OPTIONS),
        prop::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(|(flags, stream, options, payload)| Frame {
            flags: Flags(flags),
            stream: StreamBits(stream),
            options: Options::from_slice(&options).unwrap(),
            payload: Bytes::from(payload),
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(frames in prop::collection::vec(any_frame(), 1..5)) {
        let mut buffer = BytesMut::new();
        for frame in &frames {
            buffer.extend_from_slice(&encode(frame));
        }
        for frame in frames {
            prop_assert_eq!(decode(&mut buffer, ANY), Ok(Decoded::Frame(frame)));
        }
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn a_part_of_a_frame_says_how_much_is_missing(frame in any_frame(), cut in any::<prop::sample::Index>()) {
        let whole = encode(&frame);
        let cut = cut.index(whole.len());
        let mut buffer = BytesMut::from(&whole[..cut]);
        let Ok(Decoded::Need(missing)) = decode(&mut buffer, ANY) else {
            return Err(TestCaseError::fail("a part is not a frame"));
        };
        prop_assert!(missing > 0 && cut + missing <= whole.len());
        prop_assert!(cut < 12 || cut + missing == whole.len());
    }

    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        drop(decode(&mut BytesMut::from(&*bytes), ANY));
        drop(prefix::decode(&mut BytesMut::from(&*bytes), ANY));
        drop(legacy::decode(&mut BytesMut::from(&*bytes), ANY));
    }
}
