//! The frame that answers a call: same sequence, same method name, same codec bit.

use bytes::Bytes;

use super::RpcError;
use crate::goridge::{Codec, Flags, Head, Options, StreamBits};

/// Header and the two options of every RPC frame.
const HEAD: usize = 20;

/// To whom an answer goes.
#[derive(Debug)]
pub(super) struct ReplyTo {
    pub(super) sequence: u32,
    pub(super) method: Bytes,
    pub(super) codec: Option<Codec>,
}

impl ReplyTo {
    /// Room for the head, then the method name: the result is appended here, so that it
    /// is never moved again.
    pub(super) fn blank(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + self.method.len() + 64);
        out.resize(HEAD, 0);
        out.extend_from_slice(&self.method);
        out
    }

    /// The whole frame, from what was appended to a [`ReplyTo::blank`] or from an error.
    pub(super) fn seal(&self, outcome: Result<Vec<u8>, RpcError>) -> Bytes {
        let codec = self.codec.map_or(Flags::NONE, Flags::from);
        let (flags, mut frame) = match outcome.and_then(fits) {
            Ok(frame) => (codec, frame),
            Err(error) => {
                let mut frame = self.blank();
                frame.extend_from_slice(error.text().as_bytes());
                (codec | Flags::ERROR, frame)
            }
        };
        // Its length came in a 32-bit option.
        let options = Options::from([self.sequence, self.method.len() as u32]);
        let head = Head::new(flags, StreamBits::NONE, &options, frame.len() - HEAD);
        frame[..HEAD].copy_from_slice(&head);
        frame.into()
    }
}

fn fits(frame: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    if u32::try_from(frame.len()).is_err() {
        return Err(RpcError::fixed(
            "the result is longer than the 4 GiB of a frame",
        ));
    }
    Ok(frame)
}
