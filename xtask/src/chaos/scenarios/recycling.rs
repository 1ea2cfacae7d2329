//! Workers that have done enough, are old or have grown: replaced without anybody noticing.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, shot::Ask, storm::Load};

/// How much longer a slow machine may take until the first worker is replaced.
const SLOW: Duration = Duration::from_secs(3);

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
    let (tally, is_replaced) = ring.storm(&server, load, |storm| {
        storm.wait_for_end()?;
        storm.until(SLOW, || {
            let workers = server.workers()?;
            Ok(workers.iter().any(|it| !before.workers.contains(&it.pid)))
        })
    })?;
    let workers = tally.workers();
    let mut report = Report::new(&tally, format!("{workers} workers"));
    report.judge(&tally, |_| false);
    report.expect(is_replaced, || "no worker was replaced".into());
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
