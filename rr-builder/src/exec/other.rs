//! Elsewhere the other program runs beneath this one, which ends as it ends.

use std::{
    io,
    process::{Command, ExitCode},
};

/// Returns when the other program has ended.
pub(crate) fn replace_by(mut command: Command) -> io::Result<ExitCode> {
    let code = command.status()?.code();
    let code = code.and_then(|it| u8::try_from(it).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
