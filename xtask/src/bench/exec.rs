//! What the worker pool adds to one exchange with a worker: measured inside of rr-core, shown here.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use xshell::{Shell, cmd};

/// One way to exchange a frame with a worker, in nanoseconds.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Way {
    way: String,
    p50: f64,
    p99: f64,
}

/// Runs rr-core's benchmark `pool`: all ways in turn, the barest first.
///
/// # Errors
/// When it does not build, or says something else than it should.
pub(super) fn run(sh: &Shell) -> Result<Vec<Way>> {
    let output = cmd!(sh, "cargo bench --package rr-core --bench pool").read()?;
    let ways = output.lines().map(serde_json::from_str);
    let ways = ways.collect::<Result<Vec<_>, _>>();
    ways.with_context(|| format!("the benchmark `pool` says\n{output}"))
}

/// As a table; what each way takes more than the first.
pub(super) fn markdown(ways: &[Way]) -> String {
    let mut text = String::from(
        "| exchange with an echo worker | p50 µs | p99 µs | p50 more µs | p50 × bare |\n\
         |---|---:|---:|---:|---:|\n",
    );
    let bare = ways.first().map_or(0.0, |it| it.p50);
    for Way { way, p50, p99 } in ways {
        let (median, tail, more) = (p50 / 1e3, p99 / 1e3, (p50 - bare) / 1e3);
        let times = p50 / bare;
        writeln!(
            text,
            "| {way} | {median:.1} | {tail:.1} | {more:.1} | {times:.2} |"
        )
        .expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_compared_with_the_first() {
        let ways = [("bare", 5000.0, 9000.0), ("pool", 7500.0, 20_000.0)];
        let ways = ways.map(|(way, p50, p99)| Way {
            way: way.into(),
            p50,
            p99,
        });
        let table = markdown(&ways);
        assert!(
            table.contains("| bare | 5.0 | 9.0 | 0.0 | 1.00 |\n"),
            "{table}"
        );
        assert!(
            table.ends_with("| pool | 7.5 | 20.0 | 2.5 | 1.50 |\n"),
            "{table}"
        );
    }
}
