//! HTTP/1 by raw sockets: RFC 9110 and 9112, case by case.

mod answer;
mod case;
mod cases;
mod exchange;
mod judge;

use std::path::Path;

use anyhow::{Context as _, Result};

pub(super) use self::{
    case::{Case, Input, Step},
    cases::smuggling_variants,
};
use super::{
    report::{Fault, Outcome, Verdict},
    site::Site,
};
use crate::interrupt::Interrupt;

/// No patience with clients, for nobody wants to wait for it.
const IMPATIENT: &str = "  timeouts: {read_header: 1s, idle: 1s}\n  body: {timeout: 1s}\n";

/// Runs every case whose name contains `filter`, each on a connection of its own.
///
/// # Errors
/// When the server does not start, or does not live through a case.
pub(super) fn run(binary: &Path, filter: &str, interrupt: &Interrupt) -> Result<Outcome> {
    let mut site = Site::start(binary, IMPATIENT, interrupt)?;
    let mut verdicts = Vec::new();
    for case in cases::all().filter(|it| it.name.contains(filter)) {
        interrupt.check()?;
        let fault = check(case, &mut site).with_context(|| format!("in case `{}`", case.name))?;
        verdicts.push(Verdict {
            name: case.name.into(),
            section: case.section.into(),
            known: case.known.map(String::from),
            fault,
        });
    }
    Ok(Outcome::Ran(verdicts))
}

fn check(case: &Case, site: &mut Site) -> Result<Option<Fault>> {
    let printed = site.output().len();
    let exchange = exchange::run(case, site.port)?;
    let seen = site.seen()?;
    let fault = judge::judge(case, &exchange, seen);
    let output = site.output();
    let news = output.get(printed..).unwrap_or_default();
    if news.contains("panicked") {
        return Ok(Some(Fault {
            sent: case.input.bytes().escape_ascii().to_string(),
            expected: "no panic".into(),
            got: news.trim().into(),
        }));
    }
    Ok(fault)
}
