//! Which of the two goridge wires a client speaks, from its first bytes.
//!
//! The client writes first on both. Every RPC frame starts with `0x15` and its checksum
//! at 6; every request of the older wire with `0x14` and its size twice.

/// A wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Frames, goridge 3 and 4.
    Frames,
    /// The 17-byte prefix, goridge 1 and 2.
    Prefix,
}

/// What the first bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// It is settled for the whole connection.
    Dialect(Dialect),
    /// More bytes may settle it.
    More,
    /// Neither.
    Unknown,
}

const FRAME_HEADER: usize = 12;
/// Bits of byte 0 that mean something in a prefix.
const PREFIX_FLAGS: u8 = 0x02 | 0x04 | 0x08 | 0x10;

pub(super) fn sniff(start: &[u8]) -> Sniffed {
    let Some(header) = start.first_chunk::<FRAME_HEADER>() else {
        return Sniffed::More;
    };
    let version_1 = header[0] >> 4 == 1 && (3..=13).contains(&(header[0] & 15));
    if version_1 && crc32fast::hash(&header[..6]).to_le_bytes() == header[6..10] {
        return Sniffed::Dialect(Dialect::Frames);
    }
    // The big-endian size mirrors the little-endian one: as far as it has come, it must agree.
    let mirrored = start[9..].iter().zip(start[1..9].iter().rev());
    if header[0] & !PREFIX_FLAGS != 0 || mirrored.clone().any(|(be, le)| be != le) {
        return Sniffed::Unknown;
    }
    match mirrored.len() {
        8 => Sniffed::Dialect(Dialect::Prefix),
        _ => Sniffed::More,
    }
}
