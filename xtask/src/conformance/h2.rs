//! HTTP/2 frame by frame: starts rr, and the Python suite that talks to it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::{
    report::{Outcome, Verdict},
    site::Site,
    tls,
};
use crate::{
    interrupt::Interrupt,
    python::{self, Python},
    repo,
};

/// Where the suite lies.
const FOLDER: &str = "xtask/conformance/h2";

/// What a server with HTTP/2 on a plain port has below `http`.
const PLAIN: &str = "  http2: {h2c: true}\n";

/// Runs the cases whose name contains `filter` without TLS, by prior knowledge.
///
/// # Errors
/// When the server does not start, or the suite breaks off.
pub(super) fn run(binary: &Path, filter: &str, interrupt: &Interrupt) -> Result<Outcome> {
    let python = match interpreter()? {
        Python::Ready(python) => python,
        Python::Absent(what) => return Ok(Outcome::Absent(what)),
    };
    let site = Site::start(binary, PLAIN, interrupt)?;
    talk(&python, &site, site.port, filter, &[])
}

/// Runs the same over TLS, where HTTP/2 is agreed upon by ALPN.
///
/// # Errors
/// When the server does not start, or the suite breaks off.
pub(super) fn run_by_tls(binary: &Path, filter: &str, interrupt: &Interrupt) -> Result<Outcome> {
    let python = match interpreter()? {
        Python::Ready(python) => python,
        Python::Absent(what) => return Ok(Outcome::Absent(what)),
    };
    match tls::start(binary, interrupt)? {
        tls::Start::Up(site) => talk(&python, &site.site, site.port, filter, &["tls"]),
        tls::Start::Absent(what) => Ok(Outcome::Absent(what)),
    }
}

fn interpreter() -> Result<Python> {
    let requirements = repo::root().join(FOLDER).join("requirements.txt");
    python::prepare(&repo::shell()?, "conformance-python", &requirements)
}

fn talk(python: &Path, site: &Site, port: u16, filter: &str, more: &[&str]) -> Result<Outcome> {
    let suite = Command::new(python)
        .arg(repo::root().join(FOLDER).join("suite.py"))
        .arg(format!("127.0.0.1:{port}"))
        .arg(site.journal())
        .arg(site.pid().to_string())
        .arg(filter)
        .args(more)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stderr(Stdio::inherit())
        .output()
        .context("the suite cannot be started")?;
    let output = site.output();
    ensure!(
        !output.contains("panicked"),
        "the server panicked:\n{output}"
    );
    ensure!(
        suite.status.success(),
        "the suite broke off with {}; the server printed:\n{output}",
        suite.status
    );
    let lines = std::str::from_utf8(&suite.stdout)?.lines();
    let verdicts = lines.map(|it| Ok(serde_json::from_str::<Verdict>(it)?));
    Ok(Outcome::Ran(verdicts.collect::<Result<_>>()?))
}
