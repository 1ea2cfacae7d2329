//! Starts processes. They outlive a server that is killed, until they next read or write.

use std::io;

use tokio::process::Command;

pub use tokio::process::Child;

/// Starts `command`.
pub(in crate::process) async fn spawn(mut command: Command) -> io::Result<Child> {
    command.spawn()
}
