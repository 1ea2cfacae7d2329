//! No worker at all: every one killed at once, and code that lets no new one start.

use std::time::Duration;

use anyhow::Result;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, storm::Load};

/// What starting the workers may take once it is tried.
const SLACK: Duration = Duration::from_millis(500);

/// All workers at once: who waits is answered by their successors.
pub(super) fn wipe(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut deaths = 0;
    let (tally, wipes) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_secs(1), || {
            deaths += server.wipe()?;
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{wipes} × all killed"));
    report.judge_deaths(&tally, deaths);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

/// For a while no worker starts: 503 then, and all is well again before as much time has passed once more.
pub(super) fn outage(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup {
        pool: "allocate_timeout: 300ms,",
        ..Setup::default()
    })?;
    let (tally, deaths) = ring.storm(&server, Load::default(), |storm| {
        storm.wait(ring.time / 10)?;
        server.deploy_broken()?;
        let deaths = server.wipe()?;
        storm.wait(ring.time / 4)?;
        server.deploy(0)?;
        storm.wait_for_end()?;
        Ok(deaths)
    })?;
    let refused = tally.bad().filter(|it| it.fate.is_refusal()).count();
    let mut report = Report::new(&tally, format!("{refused} refused"));
    report.judge_overload(&tally, deaths);
    // The next attempt to start workers comes before the outage has doubled.
    let well = ring.time * 6 / 10 + SLACK;
    let late = tally.bad().find(|it| it.fate.is_refusal() && it.at > well);
    report.tell(
        late.map(|it| format!("not well yet: {it}"))
            .into_iter()
            .collect(),
    );
    report.expect(refused > 0, || "nothing was refused: no outage".into());
    let (probe, ()) = ring.storm(&server, Load::one(), |storm| {
        storm.ask(|ask| ask);
        Ok(())
    })?;
    report.judge(&probe, |_| false);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
