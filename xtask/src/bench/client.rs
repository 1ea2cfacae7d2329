//! A client that loads a server for a while, as a process of its own.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Result;

use crate::{interrupt::Interrupt, process::Group};

/// How long a client may take beyond its time.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `command`, which goes on for `time`, to its end. Returns what it printed; `folder` is for its log.
///
/// # Errors
/// When it cannot be started, fails, or does not end.
pub(super) fn run(
    mut command: Command,
    folder: &Path,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<String> {
    let name = format!("`{}`", command.get_program().display());
    let mut client = Group::spawn(&mut command, folder)?;
    interrupt.wait(&name, time + GRACE, Duration::from_millis(10), || {
        Ok(client.has_finished()?.then_some(()))
    })?;
    Ok(client.output())
}
