//! The two lines of goridge that workers speak, told apart here and nowhere above.

use std::io::IoSlice;

use bytes::BytesMut;

use super::RelayError;
use crate::goridge::{
    Decoded, Flags, FrameError, Head, Options, StreamBits, decode, legacy, noise,
    prefix::PrefixError,
};

/// Which goridge a worker speaks. It has to be known beforehand, since the server speaks first
/// and a worker that does not understand ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Frames: spiral/goridge 3 and 4, RoadRunner 2 and later.
    #[default]
    Frames,
    /// Packages with a 17-byte prefix: spiral/goridge 1 and 2, RoadRunner 1. It has no streamed
    /// answers, and a context is JSON.
    Packages,
}

/// What lies at the start of a buffer.
pub(super) enum Found {
    /// A frame, or that more bytes are needed.
    Decoded(Decoded),
    /// So many bytes that belong to no frame; never none.
    Noise(usize),
}

/// The bytes that go before the two parts of a payload.
#[derive(Clone, Copy)]
pub(super) enum Heads {
    Frame(Head),
    Packages(legacy::Prefixes),
}

impl Wire {
    /// What is written of a frame whose payload has two parts of these lengths.
    pub(super) fn heads(
        self,
        flags: Flags,
        stream: StreamBits,
        options: &Options,
        (context, body): (usize, usize),
    ) -> Heads {
        match self {
            Self::Frames => Heads::Frame(Head::new(flags, stream, options, context + body)),
            Self::Packages if flags.contains(Flags::CONTROL) => {
                Heads::Packages(legacy::Prefixes::of_command(context))
            }
            Self::Packages => Heads::Packages(legacy::Prefixes::of_task(context, body)),
        }
    }

    /// Takes a frame with a payload of at most `max` bytes off `inbox`, or finds out why not.
    pub(super) fn find(self, inbox: &mut BytesMut, max: usize) -> Result<Found, RelayError> {
        let noise = match self {
            // The least that both lines begin with; so few bytes may be the end of something printed.
            _ if inbox.len() < 12 => self.noise(inbox),
            Self::Frames => match decode(inbox, max) {
                Ok(decoded) => return Ok(Found::Decoded(decoded)),
                Err(FrameError::Crc | FrameError::MissingScript) => self.noise(inbox).max(1),
                Err(error) => return Err(error.into()),
            },
            Self::Packages => match legacy::decode(inbox, max) {
                Ok(Decoded::Need(_)) if inbox.len() < 17 => self.noise(inbox),
                Ok(decoded) => return Ok(Found::Decoded(decoded)),
                Err(PrefixError::SizesDiffer | PrefixError::Flags(_)) => self.noise(inbox).max(1),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(match noise {
            0 => Found::Decoded(Decoded::Need(self.shortest().saturating_sub(inbox.len()))),
            noise => Found::Noise(noise),
        })
    }

    /// What bytes are that belong to no frame, where none may come.
    pub(super) fn nothing_valid(self) -> RelayError {
        match self {
            Self::Frames => FrameError::Crc.into(),
            Self::Packages => PrefixError::SizesDiffer.into(),
        }
    }

    fn noise(self, bytes: &[u8]) -> usize {
        match self {
            Self::Frames => noise(bytes),
            Self::Packages => legacy::noise(bytes),
        }
    }

    const fn shortest(self) -> usize {
        match self {
            Self::Frames => 12,
            Self::Packages => 17,
        }
    }
}

impl Heads {
    /// In the order in which they are written, with the parts of the payload in their places.
    pub(super) fn with<'a>(&'a self, context: &'a [u8], body: &'a [u8]) -> [IoSlice<'a>; 4] {
        let (first, second): (&[u8], &[u8]) = match self {
            Self::Frame(head) => (head, b""),
            Self::Packages(prefixes) => (
                &prefixes.context,
                prefixes.body.as_ref().map_or(b"", |it| it.as_slice()),
            ),
        };
        [first, context, second, body].map(IoSlice::new)
    }
}
