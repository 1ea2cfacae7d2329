//! Calls of the server's RPC methods.

use std::{io::Write as _, net::TcpStream, time::Duration};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::wire::{ERROR, JSON, Reader, encode};

/// How long a reset may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls `method` with `argument` in JSON at `127.0.0.1:port`.
///
/// # Errors
/// With the server's own words where it refuses.
pub(super) fn call(port: u16, method: &str, argument: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let options = [1, u32::try_from(method.len())?];
    let payload = format!("{method}{argument}");
    stream.write_all(&encode(JSON, &options, payload.as_bytes()))?;
    let mut answers = Reader::new(stream);
    let answer = answers.read()?;
    let payload = answer.payload.get(method.len()..).unwrap_or_default();
    if answer.flags & ERROR != 0 {
        bail!("{}", String::from_utf8_lossy(payload));
    }
    Ok(serde_json::from_slice(payload)?)
}
