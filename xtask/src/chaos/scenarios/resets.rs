//! Resets under load: no request is lost, old code never answers after the reset, broken code never at all.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, storm::Load};

/// Each reset of so many meets code that does not start.
const BROKEN: u64 = 3;

pub(super) fn reset(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut complaints = Vec::new();
    let mut version = 0;
    let (tally, resets) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(500), || {
            version += 1;
            if version % BROKEN == 0 {
                server.deploy_broken()?;
                match server.reset() {
                    Ok(()) => complaints.push("a reset to broken code passes for done".into()),
                    Err(why) if why.to_string().contains("this code is broken") => {}
                    Err(why) => complaints.push(format!("broken code is not named: {why}")),
                }
                // What boots meanwhile boots again.
                return server.deploy(version - 1);
            }
            server.deploy(version)?;
            match server.reset() {
                Ok(()) => server.expect(version),
                Err(why) => complaints.push(format!("a reset failed: {why}")),
            }
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{resets} resets"));
    report.tell(complaints);
    report.judge(&tally, |_| false);
    report.expect(tally.workers() > server.size, || {
        "no worker was replaced".into()
    });
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
