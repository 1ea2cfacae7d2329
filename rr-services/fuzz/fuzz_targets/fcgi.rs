//! Any bytes are FastCGI records and requests, a wish for more, or an error; the same in one piece
//! and byte by byte.
#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/http/fcgi/conversation.rs"]
#[allow(dead_code, reason = "what answers is not fuzzed")]
mod conversation;
#[path = "../../src/http/fcgi/params.rs"]
mod params;
#[path = "../../src/http/fcgi/record.rs"]
mod record;

use conversation::{BadConversation, Conversation, Event};
use params::unpack;
use record::Record;

const MOST: usize = 1 << 10;

fuzz_target!(|bytes: &[u8]| {
    // As a record bears its length, a stream of random bytes is rarely a whole one.
    let _ = unpack(Bytes::copy_from_slice(bytes));
    let whole = events([bytes]);
    let pieces = events(bytes.chunks(1));
    assert_eq!(whole, pieces);
});

fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Option<BadConversation>) {
    let mut conversation = Conversation::new(MOST);
    let (mut buffer, mut events) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let taken = match Record::decode(&mut buffer) {
                Ok(None) => break,
                Ok(Some(record)) => conversation.take(record),
                Err(error) => Err(error.into()),
            };
            match taken {
                Ok(event) => events.push(event),
                Err(error) => return (events, Some(error)),
            }
            if matches!(events.last(), Some(Event::BodyEnd | Event::Abort)) {
                conversation.answered();
            }
        }
    }
    (events, None)
}
