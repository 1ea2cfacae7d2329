//! Processes that another one has forked: this system does not tell of the end of those who are no
//! children.

use std::{io, process::ExitStatus};

use super::Process;

/// Whether this system can do that.
pub(crate) const IS_POSSIBLE: bool = false;

/// A process that its parent has forked.
#[derive(Debug)]
pub(crate) enum Forked {}

impl Forked {
    /// Finds none.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn find(_pid: u32, _parent: u32) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// There is none to watch.
    pub(crate) fn watch(
        self,
        _reap: impl Future<Output = Option<ExitStatus>> + Send + 'static,
    ) -> Process {
        match self {}
    }
}
