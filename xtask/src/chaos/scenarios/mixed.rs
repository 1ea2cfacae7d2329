//! Everything that may happen to workers at once: deaths while a reset goes on while others are replaced.

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, storm::Load};

/// Workers are replaced after some requests and when they are old, and more of them come while requests wait.
const POOL: &str = "max_jobs: 200, supervisor: { watch_tick: 100ms, ttl: 2s }, \
                    dynamic_allocator: { max_workers: 4, spawn_rate: 2, idle_timeout: 1s },";

pub(super) fn mixed(ring: &Ring) -> Result<Report> {
    mix(ring, "pipes")
}

/// The same with workers that dial in.
pub(super) fn socket(ring: &Ring) -> Result<Report> {
    mix(ring, "unix://relay.sock")
}

fn mix(ring: &Ring, relay: &str) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        relay,
        pool: POOL,
        ..Setup::default()
    })?;
    let mut random = ring.random();
    let (mut deaths, mut version) = (0, 0);
    let mut complaints = Vec::new();
    let (tally, troubles) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(100), || {
            match random.u8(..3) {
                0 => {
                    deaths += 1;
                    server.strike(&mut random, Signal::SIGKILL)?;
                }
                1 => {
                    deaths += 1;
                    storm.ask(|ask| ask.get("/exit"));
                }
                _ => {
                    version += 1;
                    server.deploy(version)?;
                    match server.reset() {
                        Ok(()) => server.expect(version),
                        Err(why) => complaints.push(format!("a reset failed: {why}")),
                    }
                }
            }
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{troubles} of all kinds"));
    report.tell(complaints);
    report.judge_deaths(&tally, deaths);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
