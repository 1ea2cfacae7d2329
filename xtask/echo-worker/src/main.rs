//! A worker that tells what it was asked: for systems where there is no PHP to test with.
//!
//! It speaks goridge over what `RR_RELAY` names: its stdin and stdout, or a TCP connection.

#[path = "../../src/wire.rs"]
#[expect(
    dead_code,
    reason = "it knows more kinds of frames than a worker needs"
)]
mod wire;

use std::{
    env,
    io::{self, Read, Write},
    net::TcpStream,
    process,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use wire::{CONTROL, Frame, JSON, Reader, encode};

fn main() -> Result<()> {
    let relay = env::var("RR_RELAY").context("the server sets `RR_RELAY`")?;
    match relay.split_once("://") {
        None if relay == "pipes" => work(io::stdin().lock(), io::stdout().lock()),
        Some(("tcp", address)) => {
            let stream = TcpStream::connect(address)
                .with_context(|| format!("cannot connect to `{relay}`"))?;
            work(stream.try_clone()?, stream)
        }
        _ => bail!("expected `pipes` or `tcp://host:port` in `RR_RELAY`, found `{relay}`"),
    }
}

/// Answers until it is asked to stop.
fn work(requests: impl Read, mut answers: impl Write) -> Result<()> {
    let pid = json!({"pid": process::id()}).to_string();
    let pid = encode(CONTROL, &[], pid.as_bytes());
    let mut requests = Reader::new(requests);
    loop {
        let request = requests.read()?;
        let answer = match request.flags & CONTROL {
            0 => answer(&request)?,
            _ if request.payload.starts_with(b"{\"stop\"") => return Ok(()),
            _ => pid.clone(),
        };
        answers.write_all(&answer)?;
        answers.flush()?;
    }
}

/// An HTTP response that repeats the request. The first option of a frame is the length of its head.
fn answer(request: &Frame<'_>) -> Result<Vec<u8>> {
    let length = *request.options.first().context("a request has a head")? as usize;
    let (head, body) = request
        .payload
        .split_at_checked(length)
        .context("the head is as long as the frame says")?;
    let head: Value = serde_json::from_slice(head).context("the head is JSON")?;
    let told = json!({
        "pid": process::id(),
        "system": env::consts::OS,
        "method": head["method"],
        "uri": head["uri"],
        "body": String::from_utf8_lossy(body),
    });
    let head =
        json!({"status": 200, "headers": {"Content-Type": ["application/json"]}}).to_string();
    let told = told.to_string();
    Ok(encode(
        JSON,
        &[u32::try_from(head.len())?],
        format!("{head}{told}").as_bytes(),
    ))
}
