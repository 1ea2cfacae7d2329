//! What is packed: one commit. Its time is the time of everything that is made of it.

use anyhow::{Context as _, Result};
use time::OffsetDateTime;
use xshell::{Shell, cmd};

/// The commit that is checked out.
pub(super) struct Commit {
    /// When it was made, in UTC.
    pub(super) time: OffsetDateTime,
    /// `Name <address>` of whoever made it, who answers for the packages.
    pub(super) committer: String,
}

impl Commit {
    /// # Errors
    /// Outside of a clone.
    pub(super) fn head(sh: &Shell) -> Result<Self> {
        let about = cmd!(sh, "git log -1 --format=%ct%n%cn%x20<%ce>")
            .quiet()
            .read()
            .context("packages carry the time of a commit: run it in a clone")?;
        let (seconds, committer) = about
            .split_once('\n')
            .context("git tells too little of the commit")?;
        Ok(Self {
            time: OffsetDateTime::from_unix_timestamp(seconds.parse()?)?,
            committer: committer.to_owned(),
        })
    }
}
