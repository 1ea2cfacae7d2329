//! What the system lets the process have.

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

/// How many files the process may open, where there is a limit.
pub(super) fn files() -> Option<usize> {
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    usize::try_from(soft).ok().filter(|_| soft != RLIM_INFINITY)
}
