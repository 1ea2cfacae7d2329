//! What placement makes of applications of several kinds, with few workers and with many.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;
use serde::Serialize;

use super::{
    Load,
    sample::Sample,
    site::{self, RrOptions, Site, Workers},
    wrk,
};
use crate::interrupt::Interrupt;

const WORKERS: [usize; 5] = [1, 2, 4, 8, 16];
const CONNECTIONS: [u32; 2] = [1, 64];

/// What they are called, and their paths in the script.
const APPLICATIONS: [(&str, &str); 4] = [
    ("nothing to do", "/"),
    ("5 ms CPU", "/cpu"),
    ("20 ms sleep", "/sleep"),
    ("one in 20: 5 ms CPU", "/mixed"),
];

/// The simple design, and the one that it is compared with.
const PLACEMENTS: [&str; 2] = ["shared", "per_core"];

/// One application, with both placements.
#[derive(Serialize)]
pub(super) struct Pair {
    application: &'static str,
    workers: usize,
    connections: u32,
    shared: Sample,
    per_core: Sample,
}

/// Loads each application with each number of workers, the placements in turn, `runs` times.
///
/// # Errors
/// When a request is answered badly.
pub(super) fn run(rr: &Path, load: &Load, runs: u64, interrupt: &Interrupt) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for workers in WORKERS {
        let start = |placement: &str| start(rr, workers, placement, interrupt);
        let sites = [start(PLACEMENTS[0])?, start(PLACEMENTS[1])?];
        for (application, path) in APPLICATIONS {
            for connections in CONNECTIONS {
                eprintln!("{application}, {workers} workers, {connections} connections");
                let load = Load {
                    connections,
                    ..*load
                };
                let mut samples = [Vec::new(), Vec::new()];
                for _ in 0..runs {
                    for (site, samples) in sites.iter().zip(&mut samples) {
                        samples.push(measure(site, path, &load, interrupt)?);
                    }
                }
                let [shared, per_core] = samples.map(|it| Sample::median(&it));
                pairs.push(Pair {
                    application,
                    workers,
                    connections,
                    shared,
                    per_core,
                });
            }
        }
    }
    Ok(pairs)
}

fn start(rr: &Path, workers: usize, placement: &str, interrupt: &Interrupt) -> Result<Site> {
    let mut site = site::rr(&RrOptions {
        placement,
        count: workers,
        ..RrOptions::new(rr, Workers::Php("mix.php"))
    })?;
    site.await_answer("/", interrupt)?;
    Ok(site)
}

fn measure(site: &Site, path: &str, load: &Load, interrupt: &Interrupt) -> Result<Sample> {
    let before = site.usage()?;
    let (mut sample, requests) = wrk::run(site.port, path, 0, load, interrupt)?;
    before.until(&site.usage()?, requests, &mut sample)?;
    Ok(sample)
}

pub(super) fn markdown(pairs: &[Pair]) -> String {
    let mut text = String::from(
        "| application | connections | workers | shared/s | per_core/s | ratio | shared p99 ms | per_core p99 ms |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut pairs: Vec<_> = pairs.iter().collect();
    let place = |it: &Pair| {
        APPLICATIONS
            .iter()
            .position(|(name, _)| *name == it.application)
    };
    pairs.sort_by_key(|it| (place(it), it.connections, it.workers));
    for pair in pairs {
        let rate = |it: &Sample| it.rate.unwrap_or_default();
        let p99 = |it: &Sample| it.p99.unwrap_or_default() / 1e3;
        let (shared, per_core) = (&pair.shared, &pair.per_core);
        writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} |",
            pair.application,
            pair.connections,
            pair.workers,
            rate(shared),
            rate(per_core),
            rate(per_core) / rate(shared),
            p99(shared),
            p99(per_core),
        )
        .expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_told_by_its_ratio() {
        let sample = |rate: f64, p99: f64| Sample {
            rate: Some(rate),
            p99: Some(p99),
            ..Sample::default()
        };
        let pair = Pair {
            application: "5 ms CPU",
            workers: 4,
            connections: 64,
            shared: sample(400.0, 12_000.0),
            per_core: sample(500.0, 11_000.0),
        };
        insta::assert_snapshot!(markdown(&[pair]), @r"
        | application | connections | workers | shared/s | per_core/s | ratio | shared p99 ms | per_core p99 ms |
        |---|---:|---:|---:|---:|---:|---:|---:|
        | 5 ms CPU | 64 | 4 | 400 | 500 | 1.25 | 12.00 | 11.00 |
        ");
    }
}
