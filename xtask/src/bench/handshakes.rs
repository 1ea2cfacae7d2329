//! New TLS connections by `openssl s_time`: full handshakes, never a resumption, one request on each.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use super::{case::Page, sample::Sample};
use crate::{interrupt::Interrupt, process::Group};

/// Processes that shake hands, each with one connection at a time: enough that the server never waits.
const CLIENTS: usize = 4;

/// Loads `page` of `port` for `time`. Returns the rate, and how many connections that were.
///
/// # Errors
/// When one of them fails or the page does not come.
pub(super) fn run(
    port: u16,
    page: Page,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let begun = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let dir = tempfile::tempdir()?;
        let mut command = Command::new("openssl");
        command
            .args(["s_time", "-new", "-no-CAfile", "-no-CApath", "-no-CAstore"])
            .args(["-connect", &format!("127.0.0.1:{port}")])
            .args(["-www", page.path])
            .args(["-time", &time.as_secs().to_string()]);
        clients.push((Group::spawn(&mut command, dir.path())?, dir));
    }
    let (limit, pause) = (time + Duration::from_secs(10), Duration::from_millis(5));
    let mut connections = 0;
    for (client, _) in &mut clients {
        interrupt.wait("`openssl s_time`", limit, pause, || {
            Ok(client.has_finished()?.then_some(()))
        })?;
        connections += parse(&client.output(), page.answer)?;
    }
    let sample = Sample {
        rate: Some(connections as f64 / begun.elapsed().as_secs_f64()),
        ..Sample::default()
    };
    Ok((sample, connections))
}

/// How many connections there were, each with an answer of `body` bytes and a head.
fn parse(output: &str, body: usize) -> Result<u64> {
    let told = || format!("`openssl s_time` says\n{output}");
    // 5067 connections in 4 real seconds, 10475 bytes read per connection
    let line = output.lines().find(|it| it.contains(" real seconds, "));
    let line = line.with_context(told)?;
    let number = |text: &str| text.split(' ').next().and_then(|it| it.parse::<u64>().ok());
    let connections = number(line).with_context(told)?;
    let bytes = line
        .split(", ")
        .nth(1)
        .and_then(number)
        .with_context(told)?;
    ensure!(
        connections > 0 && bytes > body as u64,
        "expected {body} bytes and a head on each connection: {}",
        told()
    );
    Ok(connections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_count_when_the_page_came() {
        let said =
            |line| format!("Collecting connection statistics for 3 seconds\n****\n\n{line}\n");
        let check = |line, expected| assert_eq!(parse(&said(line), 10240).ok(), expected, "{line}");
        check(
            "5067 connections in 4 real seconds, 10475 bytes read per connection",
            Some(5067),
        );
        check(
            "5067 connections in 4 real seconds, 312 bytes read per connection",
            None,
        );
        check(
            "0 connections in 4 real seconds, 0 bytes read per connection",
            None,
        );
        check("ERROR", None);
    }
}
