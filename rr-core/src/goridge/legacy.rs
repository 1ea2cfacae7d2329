//! What the server and a worker of RoadRunner 1.x say to each other, as [`Frame`]s.
//!
//! A task and its answer are two packages, header and body; commands and errors are one.
//! Above this module both lines look the same.

use bytes::{Buf as _, BytesMut};

use super::{
    Codec, Decoded, Flags, Frame, Options,
    prefix::{PREFIX, Prefix, PrefixError, flag},
};

/// A command, and the pid with which a worker answers one: JSON text.
const COMMAND: u8 = flag::CONTROL;
/// The header of a task or of an answer.
const HEADER: u8 = flag::CONTROL | flag::RAW;
/// An answer without a header; its body follows nonetheless.
const NO_HEADER: u8 = flag::CONTROL | flag::NONE;
/// The text of an error, no body following.
const ERROR: u8 = flag::CONTROL | flag::RAW | flag::ERROR;

/// The prefixes that go before the two parts of a task, or before a command alone.
#[derive(Clone, Copy, Debug)]
pub struct Prefixes {
    /// Goes before the context.
    pub context: [u8; PREFIX],
    /// Goes before the body, which follows the context.
    pub body: Option<[u8; PREFIX]>,
}

impl Prefixes {
    /// Of a task with a context and a body of so many bytes.
    #[must_use]
    pub fn of_task(context: usize, body: usize) -> Self {
        Self {
            context: Prefix::new(HEADER, context).encode(),
            body: Some(Prefix::new(0, body).encode()),
        }
    }

    /// Of a command of so many bytes.
    #[must_use]
    pub fn of_command(len: usize) -> Self {
        Self {
            context: Prefix::new(COMMAND, len).encode(),
            body: None,
        }
    }
}

/// Takes what a worker says at the start of `buffer`, if it is there as a whole. No part of it may
/// be longer than `max`.
///
/// # Errors
/// When the buffer starts with something that no worker says; nothing is taken then.
pub fn decode(buffer: &mut BytesMut, max: usize) -> Result<Decoded, PrefixError> {
    let Some(prefix) = buffer.first_chunk::<PREFIX>() else {
        return Ok(Decoded::Need(PREFIX - buffer.len()));
    };
    let flags = prefix[0];
    if ![COMMAND, HEADER, NO_HEADER, ERROR].contains(&flags) {
        return Err(PrefixError::Flags(flags));
    }
    if !is_mirrored(&prefix[1..]) {
        return Err(PrefixError::SizesDiffer);
    }
    let len = Prefix::read(prefix, max)?.len;
    if [HEADER, NO_HEADER].contains(&flags) {
        return answer(buffer, len, max);
    }
    if let Some(missing) = missing(buffer, PREFIX + len) {
        return Ok(missing);
    }
    buffer.advance(PREFIX);
    let flags = match flags {
        ERROR => Flags::ERROR,
        _ => Flags::CONTROL | Codec::Json.into(),
    };
    let payload = buffer.split_to(len).freeze();
    Ok(Decoded::Frame(Frame::new(flags, payload)))
}

/// An answer with a context of so many bytes.
fn answer(buffer: &mut BytesMut, context: usize, max: usize) -> Result<Decoded, PrefixError> {
    let end = PREFIX + context;
    let Some(prefix) = buffer.get(end..).and_then(<[u8]>::first_chunk) else {
        return Ok(Decoded::Need(end + PREFIX - buffer.len()));
    };
    if !may_be_body(prefix) {
        return Err(match context {
            // Seventeen bytes, sixteen of them zero, are no evidence of an answer.
            0 => PrefixError::SizesDiffer,
            _ => PrefixError::NoBody,
        });
    }
    let body = Prefix::read(prefix, max)?.len;
    if let Some(missing) = missing(buffer, end + PREFIX + body) {
        return Ok(missing);
    }
    let too_long = PrefixError::TooLong {
        len: context as u64,
        max,
    };
    let length = u32::try_from(context).map_err(|_| too_long)?;
    // Moving the context over the prefix of the body makes one payload of both; it is the shorter, mostly.
    buffer.copy_within(PREFIX..end, 2 * PREFIX);
    buffer.advance(2 * PREFIX);
    let payload = buffer.split_to(context + body).freeze();
    Ok(Decoded::Frame(Frame {
        options: Options::from([length]),
        ..Frame::new(Flags::NONE, payload)
    }))
}

fn missing(buffer: &BytesMut, end: usize) -> Option<Decoded> {
    let missing = end.checked_sub(buffer.len())?;
    (missing > 0).then_some(Decoded::Need(missing))
}

/// How many bytes at the start of `bytes` belong to nothing that a worker says.
///
/// There is no checksum, but the size stands there twice, once mirrored, and its upper half is
/// zero: no text looks like that. What does are runs of zeros in binary data; they pass for
/// an empty header only where the prefix of a body follows.
#[must_use]
pub fn noise(bytes: &[u8]) -> usize {
    let start = (0..bytes.len()).find(|at| may_be_said(&bytes[*at..]));
    start.unwrap_or(bytes.len())
}

fn may_be_said(bytes: &[u8]) -> bool {
    let sizes = &bytes[1..bytes.len().min(PREFIX)];
    let is_zero = sizes.iter().all(|it| *it == 0);
    match bytes[0] {
        COMMAND | ERROR => is_mirrored(sizes),
        HEADER if !is_zero => is_mirrored(sizes),
        HEADER | NO_HEADER => is_zero && bytes.get(PREFIX..).is_none_or(may_be_body),
        _ => false,
    }
}

fn may_be_body(bytes: &[u8]) -> bool {
    bytes.split_first().is_none_or(|(flags, rest)| {
        let is_plain = flags & !(flag::NONE | flag::RAW) == 0;
        is_plain && is_mirrored(&rest[..rest.len().min(PREFIX - 1)])
    })
}

/// Whether nothing is wrong in as much as there is of a size below 4 GiB and its mirror image.
fn is_mirrored(sizes: &[u8]) -> bool {
    let mut bytes = sizes.iter().enumerate();
    bytes.all(|(at, byte)| match at {
        0..4 => true,
        4..8 => *byte == 0,
        _ => *byte == sizes[15 - at],
    })
}
