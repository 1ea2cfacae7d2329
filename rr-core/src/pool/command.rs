//! How worker processes are started: program, arguments, environment, user.

use std::{ffi::OsString, fmt, io, process::Stdio};

use tokio::process::{Child, Command};

use super::launch;

/// What to run. The server's own environment is passed on, but for the sockets it was handed;
/// `env` comes on top.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program, looked up in `PATH`. No shell is involved.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to, or replacing, the server's.
    pub env: Vec<(String, OsString)>,
    /// Whom it runs as; `None` is the server's own user.
    pub user: Option<RunAs>,
}

/// Numeric user and group that workers run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// User id.
    pub uid: u32,
    /// Group id. Supplementary groups are dropped.
    pub gid: u32,
}

impl WorkerCommand {
    /// Starts the process in a group of its own, so that a signal from the terminal
    /// reaches the server alone and a kill reaches all that the worker started. On Linux it
    /// does not outlive the server.
    pub(super) async fn spawn(&self, stdin: Stdio) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_remove("LISTEN_FDS")
            .env_remove("LISTEN_PID")
            .env_remove("LISTEN_FDNAMES")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        {
            command.process_group(0);
            if let Some(RunAs { uid, gid }) = self.user {
                command.uid(uid).gid(gid);
            }
        }
        launch::spawn(command).await
    }
}

impl fmt::Display for WorkerCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}
