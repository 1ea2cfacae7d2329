//! HTTP/2 load over TLS by `h2load`, and what it says about it.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};

use super::{
    client,
    sample::{Sample, percentile},
};
use crate::interrupt::Interrupt;

/// Connections, so that a server with a process a core has work for each.
const CONNECTIONS: usize = 4;

/// Requests at a time on each of them.
const STREAMS: usize = 100;

/// Gets `path` of `port` for `time`. Returns rate and latencies, and how many requests that were.
///
/// # Errors
/// When a single request was not answered well, or not in HTTP/2.
pub(super) fn run(
    port: u16,
    path: &str,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("requests");
    let mut command = Command::new("h2load");
    command
        .arg(format!("--clients={CONNECTIONS}"))
        .arg(format!("--max-concurrent-streams={STREAMS}"))
        .arg(format!("--duration={}", time.as_secs()))
        .arg(format!("--log-file={}", log.display()))
        .arg(format!("https://127.0.0.1:{port}{path}"));
    let printed = client::run(command, dir.path(), time, interrupt)?;
    let (rate, requests) = summary(&printed)?;
    let latencies = latencies(&fs::read_to_string(log)?)?;
    let sample = Sample {
        rate: Some(rate),
        p50: Some(percentile(&latencies, 0.5)),
        p99: Some(percentile(&latencies, 0.99)),
        ..Sample::default()
    };
    Ok((sample, requests))
}

/// The rate, and how many requests were answered.
fn summary(output: &str) -> Result<(f64, u64)> {
    let told = || format!("`h2load` says\n{output}");
    let after = |key: &str| output.lines().find_map(|line| line.strip_prefix(key));
    ensure!(
        after("Application protocol: ") == Some("h2"),
        "HTTP/2 is not spoken: {}",
        told()
    );
    // finished in 3.00s, 1000.50 req/s, 1.2MB/s
    let finished = after("finished in ").with_context(told)?;
    let rate = finished.split(", ").nth(1).with_context(told)?;
    let rate = rate.trim_end_matches(" req/s").parse::<f64>()?;
    // requests: 10 total, 10 started, 10 done, 10 succeeded, 0 failed, 0 errored, 0 timeout
    let requests = after("requests: ").with_context(told)?;
    let count = |what: &str| {
        let part = requests.split(", ").find_map(|it| it.strip_suffix(what));
        part.and_then(|it| it.trim().parse::<u64>().ok())
            .with_context(told)
    };
    let (done, succeeded) = (count("done")?, count("succeeded")?);
    let bad = count("failed")? + count("errored")? + count("timeout")? + (done - succeeded);
    ensure!(bad == 0, "{bad} requests were answered badly: {}", told());
    ensure!(done > 0, "no request was answered: {}", told());
    Ok((rate, done))
}

/// The microseconds of each request, sorted; a line of the log is its start, status and duration.
fn latencies(log: &str) -> Result<Vec<f64>> {
    let mut latencies = Vec::new();
    for line in log.lines() {
        let took = line.split('\t').nth(2).and_then(|it| it.parse().ok());
        latencies.push(took.with_context(|| format!("`h2load` logs `{line}`"))?);
    }
    latencies.sort_by(f64::total_cmp);
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
Application protocol: h2

finished in 3.00s, 26406.67 req/s, 1.31MB/s
requests: 79220 total, 79620 started, 79220 done, 79220 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 79220 2xx, 0 3xx, 0 4xx, 0 5xx
";

    #[test]
    fn a_summary_is_read() {
        assert_eq!(summary(SAID).unwrap(), (26406.67, 79220));
        let micros = latencies("1700000000000000\t200\t90\n1700000000000001\t200\t40\n").unwrap();
        assert_eq!(micros, [40.0, 90.0]);
        assert!(latencies("1700000000000000\t200").is_err());
    }

    #[test]
    fn bad_answers_are_no_figure() {
        for (good, bad) in [
            ("79220 succeeded, 0 failed", "79219 succeeded, 1 failed"),
            ("79220 succeeded", "79219 succeeded"),
            ("0 timeout", "1 timeout"),
            ("protocol: h2", "protocol: http/1.1"),
            ("79220 done, 79220 succeeded", "0 done, 0 succeeded"),
            ("finished", "ended"),
        ] {
            let said = SAID.replacen(good, bad, 1);
            assert!(summary(&said).is_err(), "{said}");
        }
    }
}
