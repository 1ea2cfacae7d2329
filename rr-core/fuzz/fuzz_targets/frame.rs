//! Any bytes are frames, a wish for more, or an error that leaves them as they are; what
//! was read is written as it came.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use rr_core::goridge::{Decoded, decode};

const MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = BytesMut::from(bytes);
    loop {
        let before = buffer.clone();
        match decode(&mut buffer, MAX) {
            Ok(Decoded::Frame(frame)) => {
                let taken = &before[..before.len() - buffer.len()];
                let head = frame.head();
                // Version and last byte of the header are not kept: the one is always 1, the other 0.
                assert_eq!(head.len() + frame.payload.len(), taken.len());
                assert_eq!(head[1..6], taken[1..6]);
                assert_eq!(head[12..], taken[12..head.len()]);
                assert_eq!(frame.payload, taken[head.len()..]);
            }
            Ok(Decoded::Need(missing)) => {
                assert!(missing > 0);
                assert_eq!(buffer, before);
                return;
            }
            Err(_) => {
                assert_eq!(buffer, before);
                return;
            }
        }
    }
});
