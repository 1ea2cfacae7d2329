//! The result as a table that grows while the scenarios go on.

use std::time::Duration;

use anyhow::Result;

use super::judge::Report;

pub(super) fn head() -> String {
    "| scenario | requests | trouble | not well | p50 ms | p99 ms | max ms | verdict |\n\
     |---|---:|---|---|---:|---:|---:|---|"
        .into()
}

/// One scenario.
pub(super) fn row(name: &str, outcome: &Result<Report>) -> String {
    let Ok(report) = outcome else {
        return format!("| {name} | | | | | | | **failed** |");
    };
    let Report {
        requests, trouble, ..
    } = report;
    let failures = report.failures.iter();
    let failures: Vec<String> = failures.map(|(kind, n)| format!("{n} × {kind}")).collect();
    let failures = failures.join(", ");
    let [p50, p99, max] = report.latencies.map(milliseconds);
    let verdict = match report.complaints.is_empty() {
        true => "holds",
        false => "**failed**",
    };
    format!("| {name} | {requests} | {trouble} | {failures} | {p50} | {p99} | {max} | {verdict} |")
}

/// What was seen in a scenario that failed; `None` where it holds.
pub(super) fn explanation(name: &str, outcome: &Result<Report>) -> Option<String> {
    let complaints = match outcome {
        Ok(report) => report.complaints.clone(),
        Err(why) => vec![format!("{why:#}")],
    };
    let lines = complaints.iter().map(|it| {
        let text = it.trim_end().replace('\n', "\n    ");
        format!("  - {text}\n")
    });
    (!complaints.is_empty()).then(|| format!("{name}:\n{}", lines.collect::<String>()))
}

fn milliseconds(time: Duration) -> String {
    match time.is_zero() {
        true => String::new(),
        false => format!("{:.1}", time.as_secs_f64() * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn rows_and_explanations() {
        let mut report = Report {
            requests: 1000,
            trouble: "5 kills".into(),
            latencies: [1, 20, 300].map(Duration::from_millis),
            ..Report::default()
        };
        report.failures.insert("POST 500".into(), 2);
        let good = Ok(report);
        let row = row("kill", &good);
        assert_eq!(
            row,
            "| kill | 1000 | 5 kills | 2 × POST 500 | 1.0 | 20.0 | 300.0 | holds |"
        );
        assert_eq!(explanation("kill", &good), None);
        let bad = Err(anyhow!("`rr` ended:\nno such file"));
        assert!(super::row("kill", &bad).ends_with("**failed** |"));
        let told = explanation("kill", &bad).unwrap();
        assert_eq!(told, "kill:\n  - `rr` ended:\n    no such file\n");
    }
}
