//! From a command to a worker that has said its pid.

use std::{
    io,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::{process::Child, time::timeout};

use super::{
    command::WorkerCommand,
    output::Output,
    process::{Process, Signal},
};
use crate::relay::{HandshakeError, Pipes, Relay, RelayError, RelayListener};

/// How long a killed process is waited for: one of another user may not be ours to kill.
const UNKILLABLE: Duration = Duration::from_secs(5);

/// Boots workers of one kind.
#[derive(Clone, Debug)]
pub struct Spawner {
    /// What to run.
    pub command: WorkerCommand,
    /// Where workers dial in; `None` where frames travel over their stdin and stdout.
    pub listener: Option<Arc<RelayListener>>,
}

/// Why a worker did not come up. The message ends with what the process printed.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no process.
    #[error(
        "cannot start the worker `{command}`: {source}\nhelp: check `server.command`; the program is looked up in PATH, no shell is involved"
    )]
    Start {
        /// The command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// The process ended before it said its pid.
    #[error("the worker `{command}` (pid {pid}) ended with {status} before it was ready{said}")]
    Ended {
        /// The command line.
        command: String,
        /// Its process id.
        pid: u32,
        /// How it ended.
        status: String,
        /// The last lines that it printed.
        said: Said,
    },
    /// The process did something else than say its pid.
    #[error(
        "the worker `{command}` (pid {pid}) does not speak goridge: {source}{said}\nhelp: a worker may print to stderr only; run the command by hand to see what it prints"
    )]
    Handshake {
        /// The command line.
        command: String,
        /// Its process id.
        pid: u32,
        /// What is wrong.
        source: HandshakeError,
        /// What it wrote instead, and the last lines on its stderr.
        said: Said,
    },
    /// The process did nothing in time.
    #[error(
        "the worker `{command}` (pid {pid}) did not say its pid within {limit:?} and was killed{said}\nhelp: does the script run the worker loop? `allocate_timeout` of the pool is the limit"
    )]
    Silent {
        /// The command line.
        command: String,
        /// Its process id.
        pid: u32,
        /// `allocate_timeout`.
        limit: Duration,
        /// The last lines that it printed.
        said: Said,
    },
    /// A reset that somebody else had asked for as well was given up.
    #[error("{0}")]
    Reset(String),
    /// The pool is stopping or gone.
    #[error("the pool is stopping")]
    Stopping,
}

/// What a process printed, for a message.
#[derive(Debug, Default)]
pub struct Said(String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("; it printed nothing");
        }
        f.write_str("; it printed:")?;
        self.0
            .lines()
            .try_for_each(|line| write!(f, "\n    {line}"))
    }
}

/// A process that has said its pid.
pub(super) struct Booted {
    pub(super) relay: Relay,
    pub(super) process: Process,
}

impl Spawner {
    pub(super) async fn boot(
        &self,
        limit: Duration,
        started: impl FnOnce(u32),
    ) -> Result<Booted, SpawnError> {
        let stdin = match self.listener {
            Some(_) => Stdio::null(),
            None => Stdio::piped(),
        };
        let mut child = self
            .command
            .spawn(stdin)
            .map_err(|source| SpawnError::Start {
                command: self.command.to_string(),
                source,
            })?;
        let pid = child.id().expect("it was not waited for yet");
        started(pid);
        let stderr = child.stderr.take().expect("it was asked for");
        let output = Output::log(pid, stderr);
        let introduced = self.introduce(pid, &mut child);
        let process = Process::watch(pid, child);

        let failure = tokio::select! {
            biased;
            introduced = timeout(limit, introduced) => match introduced {
                Ok(Ok(relay)) => return Ok(Booted { relay, process }),
                Ok(Err(failure)) => Some(failure),
                Err(_elapsed) => None,
            },
            _ = process.ended() => Some(Failure::Ended),
        };
        // A process that closes its pipe is about to end by itself: its own status says more than our kill.
        if matches!(
            failure,
            Some(Failure::Handshake(HandshakeError::Relay(_), _))
        ) {
            process.ended_within(Duration::from_millis(200)).await;
        }
        process.signal(Signal::Kill);
        let status = process.ended_within(UNKILLABLE).await;
        let said = output.last_lines().await;
        Err(self.explain(pid, limit, failure, status, said))
    }

    /// The handshake; over pipes it is the child's, over a socket that of whoever says this pid.
    fn introduce(
        &self,
        pid: u32,
        child: &mut Child,
    ) -> impl Future<Output = Result<Relay, Failure>> + use<> {
        let stdout = child.stdout.take().expect("it was asked for");
        let stdin = child.stdin.take();
        let listener = self.listener.clone();
        async move {
            match (listener, stdin) {
                (None, Some(stdin)) => {
                    let mut relay = Relay::new(Pipes::new(stdin, stdout));
                    match relay.handshake().await {
                        // The pid is not compared: a wrapper between us and PHP is fine.
                        Ok(_pid) => Ok(relay),
                        Err(error) => Err(Failure::Handshake(error, relay)),
                    }
                }
                (Some(listener), _) => {
                    Output::log(pid, stdout);
                    listener.worker(pid).await.map_err(Failure::Listener)
                }
                (None, None) => unreachable!("stdin is piped where there is no listener"),
            }
        }
    }

    fn explain(
        &self,
        pid: u32,
        limit: Duration,
        failure: Option<Failure>,
        status: Option<ExitStatus>,
        said: String,
    ) -> SpawnError {
        let command = self.command.to_string();
        let ended = status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string());
        match failure {
            None => SpawnError::Silent {
                command,
                pid,
                limit,
                said: Said(said),
            },
            Some(Failure::Handshake(
                source @ (HandshakeError::NotAPid(_) | HandshakeError::Relay(RelayError::Frame(_))),
                mut relay,
            )) => {
                let written = String::from_utf8_lossy(&relay.unread()).into_owned();
                SpawnError::Handshake {
                    command,
                    pid,
                    source,
                    said: Said(format!("{written}\n{said}").trim().to_owned()),
                }
            }
            Some(Failure::Handshake(..) | Failure::Ended) => SpawnError::Ended {
                command,
                pid,
                status: ended,
                said: Said(said),
            },
            Some(Failure::Listener(source)) => SpawnError::Start { command, source },
        }
    }
}

enum Failure {
    Handshake(HandshakeError, Relay),
    Listener(io::Error),
    Ended,
}
