//! How a process ended, as the system numbers it.

use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

/// It ended by itself, with `code`.
pub(super) fn exited(code: i32) -> ExitStatus {
    ExitStatus::from_raw(code << 8)
}

/// SIGKILL ended it.
pub(super) fn killed() -> ExitStatus {
    ExitStatus::from_raw(9)
}
