//! One request at a time, to see that a server answers what it is then measured with.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context as _, Result};

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Asks `127.0.0.1:port`; posts `body` unless it is empty.
///
/// HTTP/1.0, so that the end of the connection is the end of the body.
pub(super) fn ask(port: u16, path: &str, body: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len(),
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).context("the answer is no HTTP")
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let head = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?;
    Some(Answer {
        status: status.parse().ok()?,
        body: answer[head + 4..].to_vec(),
    })
}
