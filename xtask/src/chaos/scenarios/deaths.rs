//! Workers that die or stand still: no GET is lost, and a POST with the worker that had it at worst.

use std::{thread, time::Duration};

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::chaos::{judge::Report, ring::Ring, server::Setup, storm::Load};

pub(super) fn kill(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut random = ring.random();
    let (tally, kills) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(200), || {
            server.strike(&mut random, Signal::SIGKILL).map(drop)
        })
    })?;
    let mut report = Report::new(&tally, format!("{kills} kills"));
    report.judge_deaths(&tally, kills);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

pub(super) fn freeze(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let mut random = ring.random();
    let (tally, stops) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(500), || {
            let frozen = server.strike(&mut random, Signal::SIGSTOP)?;
            thread::sleep(Duration::from_millis(300));
            server.thaw(frozen);
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{stops} stops"));
    report.judge(&tally, |_| false);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}

pub(super) fn exit(ring: &Ring) -> Result<Report> {
    let (server, before) = ring.start(Setup::default())?;
    let (tally, exits) = ring.storm(&server, Load::default(), |storm| {
        storm.every(Duration::from_millis(50), || {
            storm.ask(|ask| ask.get("/exit"));
            Ok(())
        })
    })?;
    let mut report = Report::new(&tally, format!("{exits} exits"));
    report.judge_deaths(&tally, exits);
    report.settle(&tally, &server, &before)?;
    Ok(report)
}
