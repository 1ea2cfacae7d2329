//! HTTP load by `wrk`, and what it says about it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::{Load, client, sample::Sample};
use crate::{interrupt::Interrupt, repo};

/// What `wrk.lua` prints.
#[derive(Deserialize)]
struct Report {
    requests: u64,
    micros: u64,
    p50: f64,
    p99: f64,
    socket_errors: u64,
    bad_statuses: u64,
    timeouts: u64,
}

/// Loads `path` of `port` for `load.time`; posts `post` bytes each time, or gets where that is 0.
/// Returns rate and latencies, and how many requests that were.
///
/// # Errors
/// When a single request was not answered well: such a figure says nothing.
pub(super) fn run(
    port: u16,
    path: &str,
    post: usize,
    load: &Load,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new("wrk");
    command
        .arg("--threads=1")
        .arg(format!("--connections={}", load.connections))
        .arg(format!("--duration={}s", load.time.as_secs()))
        .arg("--timeout=10s")
        .arg("--script")
        .arg(repo::root().join("xtask/bench/wrk.lua"))
        .arg(format!("http://127.0.0.1:{port}{path}"))
        .args(["--", &post.to_string()]);
    let printed = client::run(command, dir.path(), load.time, interrupt)?;
    parse(&printed)
}

fn parse(output: &str) -> Result<(Sample, u64)> {
    let line = output.lines().find(|it| it.starts_with('{'));
    let report: Report = line
        .and_then(|it| serde_json::from_str(it).ok())
        .with_context(|| format!("`wrk` prints no report:\n{output}"))?;
    let bad = report.socket_errors + report.bad_statuses + report.timeouts;
    ensure!(bad == 0, "{bad} requests were answered badly:\n{output}");
    ensure!(report.requests > 0, "no request was answered:\n{output}");
    let sample = Sample {
        rate: Some(report.requests as f64 / (report.micros as f64 / 1e6)),
        p50: Some(report.p50),
        p99: Some(report.p99),
        ..Sample::default()
    };
    Ok((sample, report.requests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let output = "Running 1s test\n{\"requests\":1000,\"micros\":500000,\"p50\":90.5,\"p99\":400.0,\
                      \"socket_errors\":0,\"bad_statuses\":0,\"timeouts\":0}\n";
        let (sample, requests) = parse(output).unwrap();
        assert_eq!(
            (sample.rate, sample.p99, requests),
            (Some(2000.0), Some(400.0), 1000)
        );
    }

    #[test]
    fn bad_answers_are_no_figure() {
        let output = "{\"requests\":9,\"micros\":5,\"p50\":1,\"p99\":1,\
                      \"socket_errors\":0,\"bad_statuses\":9,\"timeouts\":0}";
        assert!(parse(output).is_err());
        assert!(parse("unable to connect").is_err());
    }
}
