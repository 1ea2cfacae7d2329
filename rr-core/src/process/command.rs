//! How processes are started: program, arguments, environment, user.

use std::{ffi::OsString, fmt, io, process::Stdio};

use super::{Child, group, launch};

/// What to run. The server's own environment is passed on, but for what the system's manager of
/// services told the server alone; `env` comes on top.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program, looked up in `PATH`. No shell is involved.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to, or replacing, the server's.
    pub env: Vec<(String, OsString)>,
    /// Whom it runs as; `None` is the server's own user.
    pub user: Option<RunAs>,
}

/// Numeric user and group that a process runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// User id.
    pub uid: u32,
    /// Group id. Supplementary groups are dropped.
    pub gid: u32,
}

/// What the kernel does to a process when the server is gone. Windows knows the first alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// It is killed.
    Kill,
    /// It gets a SIGTERM: it has others to take along, once it has come so far that it heeds it.
    Terminate,
}

/// The names of the variables, with commas between, that files have set for this process: when
/// these are read again, what is in the environment already is not to win over them.
pub(crate) const FROM_FILES: &str = "RR_VARIABLES_FROM_FILES";

/// What concerns the server and nobody whom it starts: its sockets and where it tells its state.
const OWN: [&str; 9] = [
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    PREDECESSOR,
    FIRST_PROCESS,
    FROM_FILES,
];

/// Tells a successor whose successor it is: the pid of the server that has started it, and whose
/// sockets it gets over stdin.
pub(crate) const PREDECESSOR: &str = "RR_UPGRADE";

/// Tells the server in a container that the first process hears it over stdin.
pub(crate) const FIRST_PROCESS: &str = "RR_FIRST_PROCESS";

impl Command {
    /// Starts the process in a group of its own, so that a signal from the terminal
    /// reaches the server alone and a kill reaches all that the process started. On Linux and
    /// Windows it does not outlive the server. Stdout and stderr are pipes.
    ///
    /// # Errors
    /// When the system cannot start it, or not as another user.
    pub async fn spawn(&self, stdin: Stdio) -> io::Result<Child> {
        self.spawn_under(Guard::Kill, stdin).await
    }

    /// The same, with another way to go when the server does.
    pub(crate) async fn spawn_under(&self, guard: Guard, stdin: Stdio) -> io::Result<Child> {
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for name in OWN {
            // Who asks for one of that name knows what for.
            if self.env.iter().all(|(own, _)| own != name) {
                command.env_remove(name);
            }
        }
        group::lead(&mut command, self.user)?;
        launch::spawn(command, guard).await
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}
