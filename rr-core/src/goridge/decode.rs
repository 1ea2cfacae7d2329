//! Takes frames off a buffer.

use bytes::{Buf as _, BytesMut};

use super::{
    Flags, Frame, Options, StreamBits,
    frame::{HEADER, MAX_OPTIONS},
};

/// What PHP prints on stdout where the script does not exist; its name follows.
pub(crate) const MISSING_SCRIPT: &[u8] = b"Could not open input file: ";

/// What a buffer holds at its start.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A whole frame, taken off the buffer; its payload shares the buffer's memory.
    Frame(Frame),
    /// Nothing whole yet: at least this many more bytes are needed. The number comes
    /// from the peer: do not allocate it unseen.
    Need(usize),
}

/// Why bytes are no frame. Where the next one begins can be guessed at best: see
/// [`noise`](super::noise).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The checksum of the first six bytes is wrong, so these bytes are something else.
    #[error("not a goridge frame: the checksum of its header is wrong")]
    Crc,
    /// The header says that it is shorter than a header.
    #[error("not a goridge frame: a header of {0} words, at least 3 are needed")]
    HeaderLength(u8),
    /// More than [`MAX_OPTIONS`] options.
    #[error("a goridge frame with {0} options, at most {max} are allowed", max = MAX_OPTIONS)]
    TooManyOptions(u8),
    /// The payload is longer than the reader allows.
    #[error("a goridge frame of {len} bytes, at most {max} are allowed")]
    TooLong {
        /// What the header announces.
        len: usize,
        /// What the reader takes.
        max: usize,
    },
    /// PHP could not find the script it was to run.
    #[error("php could not open the script it was started with")]
    MissingScript,
}

/// Takes the frame at the start of `buffer`, if it is there as a whole.
///
/// `max` is the longest payload to accept. The version nibble is not looked at, as no peer does.
///
/// # Errors
/// When the buffer starts with something that is no frame; nothing is taken then, so
/// that the bytes can be shown.
pub fn decode(buffer: &mut BytesMut, max: usize) -> Result<Decoded, FrameError> {
    let Some(header) = buffer.first_chunk::<HEADER>() else {
        return Ok(Decoded::Need(HEADER - buffer.len()));
    };
    if MISSING_SCRIPT.starts_with(header) {
        return Err(FrameError::MissingScript);
    }
    let crc = u32::from_le_bytes([header[6], header[7], header[8], header[9]]);
    if crc32fast::hash(&header[..6]) != crc {
        return Err(FrameError::Crc);
    }
    let words = header[0] & 0x0f;
    let count = usize::from(words)
        .checked_sub(HEADER / 4)
        .ok_or(FrameError::HeaderLength(words))?;
    if count > MAX_OPTIONS {
        return Err(FrameError::TooManyOptions(count as u8));
    }
    let len = u32::from_le_bytes([header[2], header[3], header[4], header[5]]) as usize;
    if len > max {
        return Err(FrameError::TooLong { len, max });
    }
    let head = HEADER + 4 * count;
    let missing = (head + len).saturating_sub(buffer.len());
    if missing > 0 {
        return Ok(Decoded::Need(missing));
    }

    let (flags, stream) = (Flags(header[1]), StreamBits(header[10]));
    let mut words = [0; MAX_OPTIONS];
    for (word, bytes) in words.iter_mut().zip(buffer[HEADER..head].chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    buffer.advance(head);
    Ok(Decoded::Frame(Frame {
        flags,
        stream,
        options: Options::from_slice(&words[..count]).expect("counted above"),
        payload: buffer.split_to(len).freeze(),
    }))
}
