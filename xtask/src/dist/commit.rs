//! What is packed: one commit. Its time is the time of everything that is made of it.

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

/// The commit that is checked out.
pub(super) struct Commit {
    /// Seconds since 1970.
    pub(super) time: u64,
    /// The same for changelogs: `Mon, 01 Jan 2026 00:00:00 +0000`.
    pub(super) date: String,
    /// The same for documents: `2026-01-01T00:00:00+00:00`.
    pub(super) timestamp: String,
    /// `Name <address>` of whoever made it, who answers for the packages.
    pub(super) committer: String,
}

impl Commit {
    /// # Errors
    /// Outside of a clone.
    pub(super) fn head(sh: &Shell) -> Result<Self> {
        let about = cmd!(
            sh,
            "git log -1 --date=format-local:%Y-%m-%dT%H:%M:%S+00:00 --format=%ct%n%cd%n%cn%x20<%ce>"
        )
        .env("TZ", "UTC")
        .quiet()
        .read()
        .context("packages carry the time of the commit: run it in a clone")?;
        let date = cmd!(sh, "git log -1 --date=rfc-local --format=%cd")
            .env("TZ", "UTC")
            .quiet()
            .read()?;
        let mut lines = about.lines();
        let mut next = || lines.next().context("git tells too little of the commit");
        Ok(Self {
            time: next()?.parse()?,
            timestamp: next()?.to_owned(),
            committer: next()?.to_owned(),
            date,
        })
    }
}
