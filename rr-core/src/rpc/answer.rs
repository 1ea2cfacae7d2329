//! What answers a call: same sequence, same method name, on the wire on which the call came.

use bytes::Bytes;

use super::{RpcError, packages};
use crate::goridge::{Codec, Flags, Head, Options, StreamBits};

/// Header and the two options of every RPC frame.
const HEAD: usize = 20;

/// To whom an answer goes.
#[derive(Debug)]
pub(super) struct ReplyTo {
    pub(super) method: Bytes,
    pub(super) envelope: Envelope,
}

/// What an answer is wrapped in.
#[derive(Debug)]
pub(super) enum Envelope {
    /// One frame.
    Frame {
        /// The client's number for the call.
        sequence: u32,
        /// How the argument came, and the result goes.
        codec: Option<Codec>,
    },
    /// Two packages of the older wire.
    Packages {
        /// The same, as it came.
        sequence: [u8; packages::SEQUENCE],
        /// The result is bytes, not JSON.
        raw: bool,
    },
}

impl ReplyTo {
    /// Room for the head, then the method name: the result is appended here, so that it
    /// is never moved again.
    pub(super) fn blank(&self) -> Vec<u8> {
        match self.envelope {
            Envelope::Frame { .. } => {
                let mut out = Vec::with_capacity(HEAD + self.method.len() + 64);
                out.resize(HEAD, 0);
                out.extend_from_slice(&self.method);
                out
            }
            Envelope::Packages { sequence, .. } => packages::blank(&self.method, sequence),
        }
    }

    /// The whole answer, from what was appended to a [`ReplyTo::blank`] or from an error.
    pub(super) fn seal(&self, outcome: Result<Vec<u8>, RpcError>) -> Bytes {
        let (mut answer, is_error) = match outcome.and_then(fits) {
            Ok(answer) => (answer, false),
            Err(error) => {
                let mut answer = self.blank();
                answer.extend_from_slice(error.text().as_bytes());
                (answer, true)
            }
        };
        match self.envelope {
            Envelope::Frame { sequence, codec } => {
                let codec = codec.map_or(Flags::NONE, Flags::from);
                let flags = match is_error {
                    true => codec | Flags::ERROR,
                    false => codec,
                };
                // Its length came in a 32-bit option.
                let options = Options::from([sequence, self.method.len() as u32]);
                let head = Head::new(flags, StreamBits::NONE, &options, answer.len() - HEAD);
                answer[..HEAD].copy_from_slice(&head);
            }
            Envelope::Packages { raw, .. } => {
                packages::seal(&mut answer, self.method.len(), raw, is_error);
            }
        }
        answer.into()
    }
}

fn fits(answer: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    if u32::try_from(answer.len()).is_err() {
        return Err(RpcError::fixed(
            "the result is longer than the 4 GiB of a frame",
        ));
    }
    Ok(answer)
}
