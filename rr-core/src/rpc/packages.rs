//! Calls on the 17-byte wire of goridge 1 and 2, where a call and its answer are two packages each.
//!
//! The first carries the name of the method and eight bytes of sequence, the second the argument
//! or the result: JSON, raw bytes, or the text of an error. As RoadRunner 1.9 and the PHP client
//! of goridge 2.4 do it.

use bytes::{Bytes, BytesMut};

use crate::goridge::prefix::{self, Decoded, Package, PrefixError, flag};

/// The bytes of a sequence number, little-endian; it is sent back as it came.
pub(super) const SEQUENCE: usize = 8;

const PREFIX: usize = 17;
const HEADER: u8 = flag::CONTROL | flag::RAW;
/// The longest header, in bytes: names of methods are short.
const LONGEST_HEADER: usize = 4 << 10;

/// Why packages are no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPackage {
    /// Bytes that are no package.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The first of the two is no header.
    #[error("not an RPC request: a package with the flags {0:#04x}, 0x14 is needed")]
    Flags(u8),
    /// A header without room for a method and the sequence.
    #[error("not an RPC request: a header of {0} bytes, the sequence alone has 8")]
    Header(usize),
}

/// A call as it came.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Bytes,
    pub(super) sequence: [u8; SEQUENCE],
    pub(super) argument: Bytes,
    /// The argument is bytes, where the method can take those; JSON otherwise.
    pub(super) raw: bool,
}

/// What a buffer holds at its start.
#[derive(Debug)]
pub(super) enum Taken {
    Request(Request),
    /// At least so many bytes are missing.
    Need(usize),
}

/// Reads calls; keeps a header until its body is there.
#[derive(Debug, Default)]
pub(super) struct Reader {
    header: Option<(Bytes, [u8; SEQUENCE])>,
}

impl Reader {
    /// Whether it is between header and body.
    pub(super) const fn is_midway(&self) -> bool {
        self.header.is_some()
    }

    /// Takes the next call off `inbox`, if it is there as a whole; no argument may be longer than `max`.
    pub(super) fn take(&mut self, inbox: &mut BytesMut, max: usize) -> Result<Taken, BadPackage> {
        if self.header.is_none() {
            match prefix::decode(inbox, LONGEST_HEADER)? {
                Decoded::Need(missing) => return Ok(Taken::Need(missing)),
                Decoded::Package(package) => self.header = Some(header(package)?),
            }
        }
        let Package { flags, payload } = match prefix::decode(inbox, max)? {
            Decoded::Need(missing) => return Ok(Taken::Need(missing)),
            Decoded::Package(package) => package,
        };
        let (method, sequence) = self.header.take().expect("set above, or before");
        Ok(Taken::Request(Request {
            method,
            sequence,
            argument: payload,
            raw: flags & flag::RAW != 0,
        }))
    }
}

fn header(package: Package) -> Result<(Bytes, [u8; SEQUENCE]), BadPackage> {
    let Package { flags, mut payload } = package;
    if flags != HEADER {
        return Err(BadPackage::Flags(flags));
    }
    let len = payload.len();
    let (_, sequence) = payload.split_last_chunk().ok_or(BadPackage::Header(len))?;
    let sequence = *sequence;
    payload.truncate(len - SEQUENCE);
    Ok((payload, sequence))
}

/// The first package of an answer, and room for the prefix of the second.
pub(super) fn blank(method: &[u8], sequence: [u8; SEQUENCE]) -> Vec<u8> {
    let header = method.len() + SEQUENCE;
    let mut out = Vec::with_capacity(PREFIX + header + PREFIX + 64);
    out.extend_from_slice(&prefix::of(HEADER, header));
    out.extend_from_slice(method);
    out.extend_from_slice(&sequence);
    out.resize(out.len() + PREFIX, 0);
    out
}

/// Fills in the prefix of what was appended to a [`blank`].
pub(super) fn seal(answer: &mut [u8], method: usize, raw: bool, is_error: bool) {
    let at = PREFIX + method + SEQUENCE;
    let body = answer.len() - at - PREFIX;
    let flags = match (is_error, raw) {
        (true, _) => flag::ERROR | flag::RAW,
        (false, true) => flag::RAW,
        (false, false) => 0,
    };
    answer[at..at + PREFIX].copy_from_slice(&prefix::of(flags, body));
}
