//! The 17-byte prefix of goridge 1 and 2: flags, then the payload's size twice.
//!
//! The size stands little-endian at 1 and big-endian at 9; both must agree, which is
//! the only check that the format has.

use bytes::{Buf as _, Bytes, BytesMut};

pub(super) const PREFIX: usize = 17;

/// What a package is; bits combine.
pub mod flag {
    /// No payload, whatever the size says.
    pub const NONE: u8 = 0x02;
    /// Opaque bytes; without it the payload is JSON.
    pub const RAW: u8 = 0x04;
    /// An error text.
    pub const ERROR: u8 = 0x08;
    /// A command, or the header of the package that follows.
    pub const CONTROL: u8 = 0x10;
}

/// One package of the old wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Bits of [`flag`].
    pub flags: u8,
    /// The bytes carried.
    pub payload: Bytes,
}

/// What a buffer holds at its start.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A whole package, taken off the buffer.
    Package(Package),
    /// At least this many more bytes are needed; the number comes from the peer.
    Need(usize),
}

/// Why bytes are no package of the old wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// The two sizes differ: somebody printed into the connection.
    #[error("not a goridge package: its two sizes differ (output of the application?)")]
    SizesDiffer,
    /// A payload longer than the reader allows.
    #[error("a goridge package of {len} bytes, at most {max} are allowed")]
    TooLong {
        /// What the prefix announces.
        len: u64,
        /// What the reader takes.
        max: usize,
    },
    /// A package that no worker begins an answer with.
    #[error("a goridge package with the flags {0:#04x} where an answer or a command should begin")]
    Flags(u8),
    /// The header of an answer, and then something else than its body.
    #[error(
        "a goridge package with the header of an answer, and something else where its body should be"
    )]
    NoBody,
}

impl Package {
    /// The bytes that go before the payload.
    #[must_use]
    pub fn prefix(&self) -> [u8; PREFIX] {
        of(self.flags, self.payload.len())
    }
}

/// What stands before a payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix {
    /// Bits of [`flag`].
    pub(super) flags: u8,
    /// The bytes that follow.
    pub(super) len: usize,
}

impl Prefix {
    pub(super) const fn new(flags: u8, len: usize) -> Self {
        Self { flags, len }
    }

    pub(super) fn encode(self) -> [u8; PREFIX] {
        let size = self.len as u64;
        let mut bytes = [0; PREFIX];
        bytes[0] = self.flags;
        bytes[1..9].copy_from_slice(&size.to_le_bytes());
        bytes[9..].copy_from_slice(&size.to_be_bytes());
        bytes
    }

    /// Reads `bytes`, which announce a payload of at most `max`.
    pub(super) fn read(bytes: &[u8; PREFIX], max: usize) -> Result<Self, PrefixError> {
        let flags = bytes[0];
        let mut le = [0; 8];
        let mut be = [0; 8];
        le.copy_from_slice(&bytes[1..9]);
        be.copy_from_slice(&bytes[9..]);
        let size = u64::from_le_bytes(le);
        if size != u64::from_be_bytes(be) {
            return Err(PrefixError::SizesDiffer);
        }
        let size = if flags & flag::NONE != 0 { 0 } else { size };
        let len = usize::try_from(size)
            .ok()
            .filter(|len| *len <= max)
            .ok_or(PrefixError::TooLong { len: size, max })?;
        Ok(Self { flags, len })
    }
}

/// The bytes that go before a payload of `len` bytes.
#[must_use]
pub fn of(flags: u8, len: usize) -> [u8; PREFIX] {
    Prefix::new(flags, len).encode()
}

/// Takes the package at the start of `buffer`, if it is there as a whole.
///
/// # Errors
/// When the buffer starts with something that is no package of at most `max` bytes.
pub fn decode(buffer: &mut BytesMut, max: usize) -> Result<Decoded, PrefixError> {
    let Some(prefix) = buffer.first_chunk::<PREFIX>() else {
        return Ok(Decoded::Need(PREFIX - buffer.len()));
    };
    let Prefix { flags, len } = Prefix::read(prefix, max)?;
    let missing = (PREFIX + len).saturating_sub(buffer.len());
    if missing > 0 {
        return Ok(Decoded::Need(missing));
    }
    buffer.advance(PREFIX);
    Ok(Decoded::Package(Package {
        flags,
        payload: buffer.split_to(len).freeze(),
    }))
}
