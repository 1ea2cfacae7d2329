//! Large files in forms, several at a time: how fast they come, and the server's memory meanwhile.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{
    sample::{Sample, percentile},
    site::Site,
};
use crate::interrupt::Interrupt;

/// Uploads at a time: what a server kept of them in memory would show four times.
const CLIENTS: usize = 4;

const OPENING: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.bin\"\r\n\
                       Content-Type: application/octet-stream\r\n\r\n";
const CLOSING: &str = "\r\n--x--\r\n";

/// Uploads files of `size` bytes to a fresh `site` for `time`, one at least on each connection.
///
/// # Errors
/// When one of them fails, or PHP saw another size.
pub(super) fn run(
    site: &Site,
    size: usize,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<Sample> {
    let rest = site.server_rss()?;
    let before = site.usage()?;
    let begun = Instant::now();
    let end = begun + time;
    let results: Vec<Result<Vec<f64>>> = thread::scope(|scope| {
        let client = || upload_until(end, site.port, size, interrupt);
        let uploading: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let joined = uploading.into_iter().map(|it| it.join());
        joined
            .map(|it| it.expect("a client does not panic"))
            .collect()
    });
    let took = begun.elapsed();
    let mut latencies = Vec::new();
    for result in results {
        latencies.extend(result?);
    }
    latencies.sort_by(f64::total_cmp);
    let mut sample = Sample {
        rate: Some(latencies.len() as f64 / took.as_secs_f64()),
        p50: Some(percentile(&latencies, 0.5)),
        p99: Some(percentile(&latencies, 0.99)),
        server_rss: Some(site.server_rss()?),
        rest_rss: Some(rest),
        peak_rss: Some(site.server_peak()?),
        ..Sample::default()
    };
    before.until(&site.usage()?, latencies.len() as u64, &mut sample)?;
    Ok(sample)
}

/// Returns the microseconds that each took.
fn upload_until(end: Instant, port: u16, size: usize, interrupt: &Interrupt) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    let mut latencies = Vec::new();
    loop {
        let begun = Instant::now();
        upload(&mut stream, size, interrupt)?;
        latencies.push(begun.elapsed().as_secs_f64() * 1e6);
        if Instant::now() >= end {
            return Ok(latencies);
        }
    }
}

fn upload(stream: &mut TcpStream, size: usize, interrupt: &Interrupt) -> Result<()> {
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n\
         Content-Length: {}\r\n\r\n{OPENING}",
        OPENING.len() + size + CLOSING.len(),
    );
    stream.write_all(head.as_bytes())?;
    let chunk = vec![b'x'; 256 << 10];
    let mut left = size;
    while left > 0 {
        interrupt.check()?;
        let now = left.min(chunk.len());
        stream.write_all(&chunk[..now])?;
        left -= now;
    }
    stream.write_all(CLOSING.as_bytes())?;
    let answer = answer(stream)?;
    ensure!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains(&size.to_string()),
        "expected 200 and `{size}`, the bytes that PHP saw; the answer is\n{answer}",
    );
    Ok(())
}

/// An answer whose body is a number: as it comes, up to its last digit.
fn answer(stream: &mut TcpStream) -> Result<String> {
    let (mut text, mut part) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part)?;
        ensure!(read > 0, "the connection ended after\n{text}");
        text += &String::from_utf8_lossy(&part[..read]);
        if is_whole(&text) {
            return Ok(text);
        }
    }
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    match head
        .lines()
        .find_map(|it| it.strip_prefix("content-length:"))
    {
        Some(length) => length.trim().parse() == Ok(body.len()),
        None => body.ends_with("0\r\n\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_an_end() {
        let check = |answer, expected| assert_eq!(is_whole(answer), expected, "{answer}");
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n104", true);
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n10", false);
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", false);
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n104\r\n0\r\n\r\n",
            true,
        );
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n104\r\n",
            false,
        );
    }
}
