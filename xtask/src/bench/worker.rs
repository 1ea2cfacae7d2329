//! A worker that costs nothing: answers every request at once. With it the time to the
//! first answer is the server's own.

use std::io::{self, Write as _};

use anyhow::Result;

use crate::wire::{CONTROL, JSON, Reader, encode};

/// Speaks the worker protocol on stdin and stdout until asked to stop.
///
/// # Errors
/// When the server closes the pipe or sends no frame.
pub(crate) fn run() -> Result<()> {
    const CONTEXT: &[u8] = br#"{"status":200,"headers":{"Content-Type":["text/plain"]}}"#;
    let answer = [CONTEXT, b"Hello, world!"].concat();
    let answer = encode(JSON, &[CONTEXT.len() as u32], &answer);
    let pid = format!("{{\"pid\":{}}}", std::process::id());
    let pid = encode(CONTROL, &[], pid.as_bytes());

    let mut requests = Reader::new(io::stdin().lock());
    let mut out = io::stdout().lock();
    loop {
        let frame = requests.read()?;
        let reply = match frame.flags & CONTROL {
            0 => &answer,
            _ if frame.payload.starts_with(b"{\"stop\"") => return Ok(()),
            _ => &pid,
        };
        out.write_all(reply)?;
        out.flush()?;
    }
}
