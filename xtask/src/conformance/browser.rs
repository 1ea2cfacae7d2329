//! A real browser loads a page with script, style, image and fetched data, over TLS and HTTP/2.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{
    report::{Fault, Outcome, Verdict},
    tls,
};
use crate::{interrupt::Interrupt, process::Group};

/// Where Debian and others put it.
const PROGRAMS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// What `page.html` sends back: what it looked at, what it wants, what it found.
#[derive(Deserialize)]
struct Check {
    name: String,
    expected: String,
    got: String,
}

/// Opens the page and takes what it reports.
///
/// # Errors
/// When the server does not start, or the browser never reports.
pub(super) fn run(binary: &Path, filter: &str, interrupt: &Interrupt) -> Result<Outcome> {
    let found = PROGRAMS.iter().find(|it| {
        let version = Command::new(it).arg("--version").output();
        version.is_ok_and(|it| it.status.success())
    });
    let Some(program) = found else {
        let what = "no browser\nhelp: apt-get install chromium (about 300 MB)";
        return Ok(Outcome::Absent(what.into()));
    };
    let mut site = match tls::start(binary, interrupt)? {
        tls::Start::Up(site) => site,
        tls::Start::Absent(what) => return Ok(Outcome::Absent(what)),
    };
    let profile = site.site.dir().join("profile");
    let mut command = Command::new(program);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--ignore-certificate-errors",
        ])
        .args(["--disable-dev-shm-usage", "--remote-debugging-port=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("https://localhost:{}/page", site.port));
    let mut browser = Group::spawn(&mut command, site.site.dir())?;
    let (limit, pause) = (Duration::from_secs(60), Duration::from_millis(200));
    let report = interrupt.wait("the browser's report", limit, pause, || {
        browser.ensure_running()?;
        let seen = site.site.seen()?;
        Ok(seen.into_iter().find(|it| it.uri.ends_with("/report")))
    });
    let report = report.with_context(|| format!("it printed:\n{}", browser.output()))?;
    let checks: Vec<Check> = serde_json::from_str(&report.body)
        .with_context(|| format!("the page reports `{}`", report.body))?;
    let checks = checks.into_iter().filter(|it| it.name.contains(filter));
    Ok(Outcome::Ran(checks.map(Check::verdict).collect()))
}

impl Check {
    fn verdict(self) -> Verdict {
        let fault = (self.got != self.expected).then(|| Fault {
            sent: "the page, by a browser".into(),
            expected: self.expected,
            got: self.got,
        });
        Verdict {
            name: format!("browser-{}", self.name),
            section: "9113 3.2".into(),
            known: None,
            fault,
        }
    }
}
