//! Any bytes are packages of the old wire, a wish for more, or an error that leaves them as they are.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use rr_core::goridge::prefix::{Decoded, decode, flag};

const MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = BytesMut::from(bytes);
    loop {
        let before = buffer.clone();
        match decode(&mut buffer, MAX) {
            Ok(Decoded::Package(package)) => {
                let taken = &before[..before.len() - buffer.len()];
                let prefix = package.prefix();
                assert_eq!(package.payload, taken[prefix.len()..]);
                if package.flags & flag::NONE == 0 {
                    assert_eq!(prefix, taken[..prefix.len()]);
                }
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
