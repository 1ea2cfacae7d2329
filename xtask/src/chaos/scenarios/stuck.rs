//! Requests that never end: cut off at their limit, at the cost of nobody else.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, shot::Fate, storm::Load};

/// Longer than any load here.
const FOREVER: Duration = Duration::from_secs(600);

pub(super) fn stuck(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        pool: "supervisor: { exec_ttl: 200ms },",
        ..Setup::default()
    })?;
    let mut complaints = Vec::new();
    let (tally, stuck) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(300), || {
            let shot = storm.ask(|ask| ask.get("/").working(FOREVER));
            if !matches!(shot.fate, Fate::Status { status: 500, .. }) {
                complaints.push(format!("expected status 500 at `exec_ttl`: {shot}"));
            }
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{stuck} never end"));
    report.tell(complaints);
    let ends_never = format!("&work={}", FOREVER.as_millis());
    report.judge(&tally, |it| it.target.ends_with(&ends_never));
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
