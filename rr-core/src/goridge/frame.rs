//! One frame, and the bytes of its head.

use std::ops::Deref;

use bytes::Bytes;

use super::{Flags, StreamBits};

/// The most option words a frame may carry; the format has room for two more, every peer refuses them.
pub const MAX_OPTIONS: usize = 10;

pub(super) const HEADER: usize = 12;
pub(super) const VERSION: u8 = 1;

/// A frame: flags, options and payload. Length and checksum are derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// What the payload is.
    pub flags: Flags,
    /// The state of a streamed answer.
    pub stream: StreamBits,
    /// 32-bit words between header and payload.
    pub options: Options,
    /// The bytes carried.
    pub payload: Bytes,
}

impl Frame {
    /// A frame without options.
    #[must_use]
    pub fn new(flags: Flags, payload: impl Into<Bytes>) -> Self {
        Self {
            flags,
            payload: payload.into(),
            ..Self::default()
        }
    }

    /// The bytes that go before the payload.
    ///
    /// # Panics
    /// When the payload is longer than the 4 GiB that a header can announce.
    #[must_use]
    pub fn head(&self) -> Head {
        Head::new(self.flags, self.stream, &self.options, self.payload.len())
    }
}

/// The encoded header and options of a frame, ready to be written before its payload.
#[derive(Clone, Copy)]
pub struct Head {
    bytes: [u8; HEADER + 4 * MAX_OPTIONS],
    len: usize,
}

impl Head {
    /// Encodes the head of a frame whose payload has `payload` bytes.
    ///
    /// # Panics
    /// When `payload` is more than the 4 GiB that a header can announce.
    #[must_use]
    pub fn new(flags: Flags, stream: StreamBits, options: &Options, payload: usize) -> Self {
        let payload = u32::try_from(payload).expect("a frame's payload is at most 4 GiB");
        let mut bytes = [0; HEADER + 4 * MAX_OPTIONS];
        bytes[0] = VERSION << 4 | (HEADER / 4 + options.len()) as u8;
        bytes[1] = flags.0;
        bytes[2..6].copy_from_slice(&payload.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..6]);
        bytes[6..10].copy_from_slice(&crc.to_le_bytes());
        bytes[10] = stream.0;
        for (slot, option) in bytes[HEADER..].chunks_exact_mut(4).zip(options.iter()) {
            slot.copy_from_slice(&option.to_le_bytes());
        }
        Self {
            bytes,
            len: HEADER + 4 * options.len(),
        }
    }
}

impl Deref for Head {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The option words of a frame, at most [`MAX_OPTIONS`], kept inline.
#[derive(Clone, Copy, Default)]
pub struct Options {
    words: [u32; MAX_OPTIONS],
    len: u8,
}

impl Options {
    /// Takes `words`; `None` where there are more than [`MAX_OPTIONS`].
    #[must_use]
    pub fn from_slice(words: &[u32]) -> Option<Self> {
        let mut options = Self::default();
        options.words.get_mut(..words.len())?.copy_from_slice(words);
        options.len = words.len() as u8;
        Some(options)
    }
}

impl<const N: usize> From<[u32; N]> for Options {
    fn from(words: [u32; N]) -> Self {
        const { assert!(N <= MAX_OPTIONS) };
        Self::from_slice(&words).expect("asserted above")
    }
}

impl Deref for Options {
    type Target = [u32];
    fn deref(&self) -> &[u32] {
        &self.words[..usize::from(self.len)]
    }
}

impl PartialEq for Options {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Options {}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}
