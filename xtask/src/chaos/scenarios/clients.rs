//! Clients that leave, and clients whose worker dies inside the answer.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{
    judge::Report,
    rest::Rest,
    ring::Ring,
    server::Setup,
    shot::{Ask, Shot},
    storm::Load,
};

/// Who leaves harms nobody else, and costs no worker.
pub(super) fn leave(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let load = Load {
        leaving: 8,
        ask: |id, random| {
            let work = Duration::from_millis(random.u64(..8));
            Ask::page(id, random).working(work)
        },
        ..Load::default()
    };
    let (tally, ()) = ring.storm(&server, load, |storm| storm.wait_for_end())?;
    let mut report = Report::new(&tally, "8 clients leave");
    report.judge(&tally, |_| false);
    report.settle(&tally, &server, &before)?;
    let after = Rest::of(&server)?.workers;
    report.expect(after == before.workers, || {
        let before = &before.workers;
        format!("leaving clients cost workers: {before:?} became {after:?}")
    });
    Ok(report)
}

/// Half an answer never passes for a whole one.
pub(super) fn stream(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let load = Load {
        rate: Some(200),
        ask: |id, random| {
            let parts = random.usize(1..10);
            let page = Ask::page(id, random);
            match random.u8(..20) {
                0 => page.stream(parts, true),
                1..8 => page.stream(parts, false),
                _ => page,
            }
        },
        ..Load::default()
    };
    let (tally, ()) = ring.storm(&server, load, |storm| storm.wait_for_end())?;
    let dies = |it: &&Shot| it.target.contains("&dies");
    let deaths = tally.shots.iter().filter(dies).count();
    let mut report = Report::new(&tally, format!("{deaths} deaths"));
    report.judge_deaths(&tally, deaths);
    report.expect(deaths > 0, || "no worker died".into());
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
