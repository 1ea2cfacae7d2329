//! The two flag bytes of a frame header.

use std::ops::BitOr;

/// Byte 1 of the header: what the payload is. Bits combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// No bit: what PHP packages older than the codec flags answer with.
    pub const NONE: Self = Self(0);
    /// A pid or stop command on a worker's connection.
    pub const CONTROL: Self = Self(0x01);
    /// The payload is an error text.
    pub const ERROR: Self = Self(0x40);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The codec that is used to read a payload with these flags; `None` where no codec bit is set.
    ///
    /// Of several bits the order PROTO, JSON, GOB, RAW, MSGPACK decides, as RoadRunner reads.
    #[must_use]
    pub const fn codec(self) -> Option<Codec> {
        const ORDER: [Codec; 5] = [
            Codec::Proto,
            Codec::Json,
            Codec::Gob,
            Codec::Raw,
            Codec::Msgpack,
        ];
        let mut i = 0;
        while i < ORDER.len() {
            if self.0 & ORDER[i] as u8 != 0 {
                return Some(ORDER[i]);
            }
            i += 1;
        }
        None
    }
}

impl BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl From<Codec> for Flags {
    fn from(codec: Codec) -> Self {
        Self(codec as u8)
    }
}

/// How a payload is encoded; the value is its bit in [`Flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    /// Opaque bytes.
    Raw = 0x04,
    /// JSON text.
    Json = 0x08,
    /// MessagePack.
    Msgpack = 0x10,
    /// Go's gob, which only Go clients write; never decoded here.
    Gob = 0x20,
    /// Protocol buffers.
    Proto = 0x80,
}

/// Byte 10 of the header, not covered by the checksum: the state of a streamed answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamBits(pub u8);

impl StreamBits {
    /// No bit.
    pub const NONE: Self = Self(0);
    /// Worker to server: more frames of this answer follow.
    pub const STREAM: Self = Self(0x01);
    /// Server to worker: stop producing this answer.
    pub const STOP: Self = Self(0x02);
    /// Worker to server: answer with a PONG frame, the worker waits for it.
    pub const PING: Self = Self(0x04);
    /// Server to worker: the answer to PING.
    pub const PONG: Self = Self(0x08);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
