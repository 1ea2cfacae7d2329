//! HTTP load that does not wait for answers, by `oha`: so many requests a second, whether or not they are answered.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use xshell::{Shell, cmd};

use super::{
    Load,
    case::{Case, Over, Work},
    client,
    sample::Sample,
};
use crate::interrupt::Interrupt;

/// What `oha` prints, as far as it is of interest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    summary: Summary,
    latency_percentiles: Percentiles,
    status_code_distribution: BTreeMap<String, u64>,
    /// Requests under way when the time was up are told as errors.
    error_distribution: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    requests_per_sec: f64,
}

/// In seconds.
#[derive(Deserialize)]
struct Percentiles {
    p50: f64,
    p99: f64,
}

/// What `oha` says of requests that were under way at the end.
const AT_THE_END: &str = "aborted due to deadline";

/// # Errors
/// When `oha` is not installed, and for a case that it cannot load.
pub(super) fn ensure(sh: &Shell, cases: &[Case]) -> Result<()> {
    let other = cases
        .iter()
        .find(|it| !matches!(it.work(), Work::Page(page) if page.over == Over::Http1));
    if let Some(case) = other {
        bail!(
            "`--open` loads pages of HTTP/1, `{}` is none\nhelp: name the cases: `cargo xtask bench hello plain --open 70`",
            case.name(),
        );
    }
    cmd!(sh, "oha --version")
        .quiet()
        .output()
        .context("`oha` is missing\nhelp: cargo install oha --locked")?;
    Ok(())
}

/// Loads `path` of `port` with `rate` requests a second, timed from when each was due; posts `post`
/// bytes, or gets where that is 0. Returns rate and latencies, and how many requests that were.
///
/// # Errors
/// When a request was not answered well.
pub(super) fn run(
    port: u16,
    path: &str,
    post: usize,
    rate: f64,
    load: &Load,
    interrupt: &Interrupt,
) -> Result<(Sample, u64)> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new("oha");
    command
        .args(["--no-tui", "--output-format=json", "--latency-correction"])
        .args(["-z", &format!("{}s", load.time.as_secs())])
        .args(["-q", &format!("{rate:.0}")])
        .args(["-c", &load.connections.to_string()]);
    if post > 0 {
        let body = dir.path().join("body");
        fs::write(&body, vec![b'x'; post])?;
        command.args(["-m", "POST", "-D"]).arg(body);
    }
    command.arg(format!("http://127.0.0.1:{port}{path}"));
    let printed = client::run(command, dir.path(), load.time, interrupt)?;
    parse(&printed)
}

fn parse(output: &str) -> Result<(Sample, u64)> {
    let json = output.find('{').map(|at| &output[at..]);
    let report: Report = json
        .and_then(|it| serde_json::Deserializer::from_str(it).into_iter().next())
        .with_context(|| format!("`oha` prints no report:\n{output}"))?
        .with_context(|| format!("`oha` prints another report than expected:\n{output}"))?;
    let mut errors = report.error_distribution;
    errors.remove(AT_THE_END);
    ensure!(errors.is_empty(), "requests failed: {errors:?}");
    let mut answers = report.status_code_distribution;
    let good = answers.remove("200").unwrap_or_default();
    ensure!(
        answers.is_empty(),
        "requests were answered with {answers:?}"
    );
    ensure!(good > 0, "no request was answered:\n{output}");
    let sample = Sample {
        rate: Some(report.summary.requests_per_sec),
        p50: Some(report.latency_percentiles.p50 * 1e6),
        p99: Some(report.latency_percentiles.p99 * 1e6),
        ..Sample::default()
    };
    Ok((sample, good))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let report = |status: u16, error: &str| {
            format!(
                "{{\"summary\":{{\"requestsPerSec\":1000.5}},\"latencyPercentiles\":{{\"p50\":0.0001,\"p99\":0.0005}},\
                 \"statusCodeDistribution\":{{\"{status}\":3000}},\"errorDistribution\":{{\"{error}\":2}}}}"
            )
        };
        let (sample, requests) = parse(&report(200, AT_THE_END)).unwrap();
        assert_eq!((sample.rate, requests), (Some(1000.5), 3000));
        assert!((sample.p99.unwrap() - 500.0).abs() < 1e-6);
        assert!(parse(&report(503, AT_THE_END)).is_err());
        assert!(parse(&report(200, "connection refused")).is_err());
        assert!(parse("nothing").is_err());
    }
}
