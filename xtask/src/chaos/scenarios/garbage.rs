//! Workers that print between their frames, as old packages do: the request is answered, the print is logged.

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, storm::Load};

pub(super) fn garbage(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        script: "prints.php",
        ..Setup::default()
    })?;
    let (tally, ()) = ring.storm(&server, Load::default(), |storm| storm.wait_for_end())?;
    let mut report = Report::new(&tally, format!("{} prints", tally.shots.len() / 10));
    report.judge(&tally, |_| false);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
