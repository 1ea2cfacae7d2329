//! Starts processes. They outlive a server that is killed, until they next read or write.

use std::io;

use tokio::process::Command;

pub use tokio::process::Child;

use crate::process::Guard;

/// Starts `command`.
pub(in crate::process) async fn spawn(mut command: Command, _: Guard) -> io::Result<Child> {
    command.spawn()
}
