//! Calls by a PHP script, with the client of `php-src/`.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result};

use super::{Done, LIMIT, METHOD, Place};
use crate::{interrupt::Interrupt, process::Group, repo};

/// Calls for `time`, one after the other.
pub(super) fn run(place: &Place, time: Duration, interrupt: &Interrupt) -> Result<Done> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new("php");
    command.arg(repo::root().join("xtask/bench/rpc.php")).args([
        place.dsn(),
        METHOD.to_owned(),
        time.as_secs().to_string(),
    ]);
    let mut php = Group::spawn(&mut command, dir.path())?;
    let pause = Duration::from_millis(5);
    interrupt.wait("the calls of PHP", time + LIMIT, pause, || {
        Ok(php.has_finished()?.then_some(()))
    })?;
    let output = php.output();
    parse(&output).with_context(|| format!("`xtask/bench/rpc.php` says\n{output}"))
}

/// A line for each call, its latency in microseconds.
fn parse(output: &str) -> Result<Done> {
    let latencies: Vec<f64> = output
        .lines()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context("expected a number in each line")?;
    Ok(Done {
        calls: latencies.len() as u64,
        latencies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_call() {
        let done = parse("21\n35.5\n").unwrap();
        assert_eq!(done.calls, 2);
        assert_eq!(done.latencies, [21.0, 35.5]);
        assert!(parse("21\nWarning: no such function\n").is_err());
    }
}
