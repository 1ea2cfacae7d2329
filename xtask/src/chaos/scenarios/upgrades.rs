//! Upgrades of the running server under load: whether the successor is good or not, no request notices.

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::chaos::{
    judge::Report,
    ring::Ring,
    server::Setup,
    shot::Ask,
    storm::{Load, Storm},
};

/// How long one upgrade may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// However short the load: the second one is that of a server which is a successor itself.
const LEAST: usize = 2;

/// Half of the clients keep their connection, half take a new one each time; some requests are on
/// their way for a while.
const LOAD: Load = Load {
    connections: 16,
    fresh: 8,
    leaving: 0,
    rate: None,
    ask: |id, random| {
        let work = match random.u8(..) {
            0..32 => Duration::from_millis(random.u64(..100)),
            _ => Duration::ZERO,
        };
        Ask::page(id, random).working(work)
    },
};

pub(super) fn upgrade(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut complaints = Vec::new();
    let mut version = 0;
    let (tally, upgrades) = ring.storm(&server, LOAD, |storm| {
        again(storm, || {
            version += 1;
            server.deploy(version)?;
            server.signal(Signal::SIGUSR2);
            match storm.until(PATIENCE, || Ok(server.is_succeeded()))? {
                true => Ok(true),
                false => {
                    complaints.push(format!("no successor after {PATIENCE:?}"));
                    Ok(false)
                }
            }
        })
    })?;
    let mut report = Report::new(&tally, format!("{upgrades} upgrades"));
    report.tell(complaints);
    report.judge(&tally, |_| false);
    report.expect(tally.workers() > server.size * upgrades, || {
        format!("{} workers have answered in all", tally.workers())
    });
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

pub(super) fn refused(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut complaints = Vec::new();
    let mut count = 0;
    let (tally, upgrades) = ring.storm(&server, LOAD, |storm| {
        again(storm, || {
            let breaks_config = count % 2 == 0;
            match breaks_config {
                true => server.break_config(true)?,
                false => server.deploy_broken()?,
            }
            server.signal(Signal::SIGUSR2);
            count += 1;
            let told = storm.until(PATIENCE, || Ok(server.refused_upgrades() == count))?;
            match breaks_config {
                true => server.break_config(false)?,
                false => server.deploy(0)?,
            }
            if !told {
                complaints.push(format!("a bad successor is not told of after {PATIENCE:?}"));
            }
            if server.is_succeeded() {
                complaints.push("a bad successor has taken over".into());
            }
            Ok(told)
        })
    })?;
    let mut report = Report::new(&tally, format!("{upgrades} refused"));
    report.tell(complaints);
    report.judge(&tally, |_| false);
    report.expect(tally.workers() == server.size, || {
        format!("{} workers have answered in all", tally.workers())
    });
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

/// Until the time is over or `once` fails; how often it went well.
fn again(storm: &Storm<'_>, mut once: impl FnMut() -> Result<bool>) -> Result<usize> {
    let mut count = 0;
    while count < LEAST || !storm.is_over() {
        if !once()? {
            break;
        }
        count += 1;
        storm.wait(Duration::from_millis(100))?;
    }
    Ok(count)
}
