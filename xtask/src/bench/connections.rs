//! Connections that have had a request and are kept alive: what they cost in memory while nothing happens.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::{sample::Sample, site::Site};
use crate::interrupt::Interrupt;

/// Descriptors that a server needs beside those of connections; those of php-fpm are a process' own.
const SPARE: u64 = 1000;

/// Lets this process, and what it starts from now on, have `count` connections at a time.
///
/// # Errors
/// When the system does not let it.
pub(super) fn allow(count: usize) -> Result<()> {
    // A server may leave a share of its descriptors to other things than connections.
    let needed = count as u64 * 3 / 2 + SPARE;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft >= needed {
        return Ok(());
    }
    setrlimit(Resource::RLIMIT_NOFILE, needed, hard.max(needed)).with_context(|| {
        format!("{needed} open files are needed, {hard} are allowed\nhelp: `ulimit -Hn {needed}` as root")
    })
}

/// Opens `count` connections to a fresh `site`, one request on each, and leaves them idle.
///
/// # Errors
/// When one of them fails, or is not kept.
pub(super) fn run(site: &Site, count: usize, interrupt: &Interrupt) -> Result<Sample> {
    let rest = site.server_rss()?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut stream = TcpStream::connect(("127.0.0.1", site.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        ask(&mut stream)?;
        connections.push(stream);
        interrupt.check()?;
    }
    thread::sleep(Duration::from_secs(1));
    let most = site.server_rss()?;
    for (number, stream) in connections.iter_mut().enumerate() {
        ask(stream).with_context(|| format!("connection {number} was not kept"))?;
    }
    Ok(Sample {
        rest_rss: Some(rest),
        peak_rss: Some(most),
        connection_rss: Some((most - rest) * 1024.0 / count as f64),
        ..Sample::default()
    })
}

fn ask(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    // The body is a greeting, whole or as the only chunk.
    while !answer.ends_with(b"world!") && !answer.ends_with(b"0\r\n\r\n") {
        let read = stream.read(&mut part)?;
        answer.extend_from_slice(&part[..read]);
        ensure!(
            read > 0,
            "the connection ended after\n{}",
            String::from_utf8_lossy(&answer)
        );
    }
    ensure!(
        answer.starts_with(b"HTTP/1.1 200 "),
        "expected 200, the answer is\n{}",
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}
