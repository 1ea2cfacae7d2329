//! More requests than workers can answer: some are answered, the others told when to come again, and it is
//! over when the load is.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, shot::Ask, storm::Load};

/// How long a worker has a request.
const WORK: Duration = Duration::from_millis(10);

/// Four workers answer 100 requests a second each at most; this is three times as many.
const RATE: u32 = 1200;

/// How long the queue may take to empty.
const DRAIN: Duration = Duration::from_secs(1);

pub(super) fn overload(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        pool: "max_queue_size: 16, allocate_timeout: 1s,",
        ..Setup::default()
    })?;
    let load = Load {
        connections: 64,
        rate: Some(RATE),
        ask: |id, random| Ask::page(id, random).working(WORK),
        ..Load::default()
    };
    let (tally, ()) = ring.storm(&server, load, |storm| storm.wait_for_end())?;
    let refused = tally.bad().filter(|it| it.fate.is_refusal()).count();
    let good = tally.good();
    let mut report = Report::new(&tally, format!("{refused} refused"));
    report.judge_overload(&tally, 0);
    report.expect(refused > 0, || "nothing was refused: no overload".into());
    report.expect(good > 0, || "nothing was answered".into());
    report.expect(tally.drained < DRAIN, || {
        format!("the queue took {:?} to empty", tally.drained)
    });
    let (probe, ()) = ring.storm(&server, Load::one(), |storm| {
        storm.ask(|ask| ask);
        Ok(())
    })?;
    report.judge(&probe, |_| false);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
