//! A pool that grows while requests wait and shrinks when it is quiet, without a request noticing.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, shot::Ask, storm::Load};

const POOL: &str = "dynamic_allocator: { max_workers: 4, spawn_rate: 2, idle_timeout: 1s },";

/// The standing workers.
const SIZE: usize = 2;

/// Those that may come, as `POOL` says.
const MORE: usize = 4;

pub(super) fn scale(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        workers: SIZE,
        pool: POOL,
        ..Setup::default()
    })?;
    let load = Load {
        ask: |id, random| Ask::page(id, random).working(Duration::from_millis(20)),
        ..Load::default()
    };
    let mut most = 0;
    let (tally, _looks) = ring.storm(&server, load, |storm| {
        storm.every(Duration::from_millis(20), || {
            most = most.max(server.workers()?.len());
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{SIZE} to {most} workers"));
    report.judge(&tally, |_| false);
    report.expect(most > SIZE, || "requests waited, and no worker came".into());
    report.expect(most <= SIZE + MORE, || {
        format!("{most} workers: at most {} were allowed", SIZE + MORE)
    });
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
