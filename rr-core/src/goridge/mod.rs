//! The goridge wire: bytes in, frames out. Pure; knows no I/O, no process and no runtime.
//!
//! A [`Frame`] is a 12-byte header, up to ten 32-bit options and a payload; all
//! numbers are little-endian. [`decode`] takes frames off a buffer, [`Frame::head`]
//! and the payload are what is written. [`prefix`] is the older 17-byte form that
//! goridge 1 and 2 speak, [`legacy`] what a worker of that line says in it.

mod decode;
mod flags;
mod frame;
pub mod legacy;
pub mod prefix;
mod resync;

#[cfg(test)]
mod tests;

pub(crate) use decode::MISSING_SCRIPT;
pub use decode::{Decoded, FrameError, decode};
pub use flags::{Codec, Flags, StreamBits};
pub use frame::{Frame, Head, MAX_OPTIONS, Options};
pub use resync::noise;
