//! How a process ended, as the system numbers it.

use std::{os::windows::process::ExitStatusExt as _, process::ExitStatus};

/// It ended by itself, with `code`.
pub(super) fn exited(code: i32) -> ExitStatus {
    ExitStatus::from_raw(code.cast_unsigned())
}

/// It was killed, which is a code like any other.
pub(super) fn killed() -> ExitStatus {
    ExitStatus::from_raw(1)
}
