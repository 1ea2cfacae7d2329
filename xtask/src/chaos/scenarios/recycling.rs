//! Workers that have done enough, are old or have grown: replaced without anybody noticing.

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, shot::Ask, storm::Load};

pub(super) fn jobs(ring: &Ring) -> Result<Report> {
    recycle(ring, "max_jobs: 50,", Load::default())
}

pub(super) fn ttl(ring: &Ring) -> Result<Report> {
    let pool = "supervisor: { watch_tick: 100ms, ttl: 800ms },";
    recycle(ring, pool, Load::default())
}

/// A worker grows by a mebibyte with each request.
pub(super) fn memory(ring: &Ring) -> Result<Report> {
    let pool = "supervisor: { watch_tick: 100ms, max_worker_memory: 64 },";
    let load = Load {
        rate: Some(400),
        ask: |id, random| Ask::page(id, random).get("/hoard"),
        ..Load::default()
    };
    recycle(ring, pool, load)
}

fn recycle(ring: &Ring, pool: &str, load: Load) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        pool,
        ..Setup::default()
    })?;
    let (tally, ()) = ring.storm(&server, load, |storm| storm.wait_for_end())?;
    let workers = tally.workers();
    let mut report = Report::new(&tally, format!("{workers} workers"));
    report.judge(&tally, |_| false);
    report.expect(workers > server.size, || "no worker was replaced".into());
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
