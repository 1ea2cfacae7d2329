//! On Unix the other program takes this one's place: signals reach it and nothing else.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

/// Returns only if it cannot.
pub(crate) fn replace_by(mut command: Command) -> io::Result<ExitCode> {
    Err(command.exec())
}
