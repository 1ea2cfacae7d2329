//! From a command to a worker that has said its pid.

use std::{
    io,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::time::timeout;

use super::WorkerCommand;
use crate::{
    process::{Guard, Lines, Output, Process, Signal},
    relay::{HandshakeError, Introduction, Pipes, Relay, RelayError, RelayListener, Wire},
};

/// How long a killed process is waited for: one of another user may not be ours to kill.
const UNKILLABLE: Duration = Duration::from_secs(5);

/// How long a process may take to end that has closed its connection, and to be read out once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Boots workers of one kind.
#[derive(Clone, Debug)]
pub struct Spawner {
    /// What to run.
    pub command: WorkerCommand,
    /// Where workers dial in; `None` where frames travel over their stdin and stdout.
    pub listener: Option<Arc<RelayListener>>,
    /// Which goridge they speak over their stdin and stdout; a listener has its own.
    pub wire: Wire,
    /// Whether one process boots the application and forks the workers, where it can.
    pub zygote: bool,
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
    #[error(
        "the worker `{command}` (pid {pid}) ended with {status} before it was ready{said}{hint}"
    )]
    Ended {
        /// The command line.
        command: String,
        /// Its process id.
        pid: u32,
        /// How it ended.
        status: String,
        /// The last lines that it printed.
        said: Said,
        /// What to change, where that can be guessed.
        hint: Hint,
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
    /// The process that forks workers did not fork one.
    #[error(
        "the zygote of `{command}` (pid {pid}) cannot fork a worker: {reason}\nhelp: without `server.zygote` workers are started one by one"
    )]
    Fork {
        /// The command line.
        command: String,
        /// Its process id.
        pid: u32,
        /// What it or the system says.
        reason: String,
    },
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

/// What a worker that ended needs, as far as its end tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing is known.
    None,
    /// It complained of a prefix that is none: it speaks packages and was sent a frame.
    SpeaksPackages,
    /// It may be one that speaks packages, but has not said why it ended.
    MaySpeakPackages,
    /// It may be one that speaks frames, and was sent a package.
    MaySpeakFrames,
}

impl Hint {
    /// PHP's libraries of either line end with 255 when they are sent the other one's hello.
    fn at_end(wire: Wire, status: Option<ExitStatus>, said: &Said) -> Self {
        let is_exception = status.and_then(|it| it.code()) == Some(255);
        let complaint = said.0.to_lowercase().contains("invalid prefix");
        match wire {
            _ if !is_exception => Self::None,
            Wire::Frames if complaint => Self::SpeaksPackages,
            Wire::Frames if said.0.is_empty() => Self::MaySpeakPackages,
            Wire::Frames => Self::None,
            Wire::Packages => Self::MaySpeakFrames,
        }
    }
}

impl std::fmt::Display for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::SpeaksPackages => {
                "\nhelp: this worker speaks the protocol of RoadRunner 1 (spiral/goridge 1 and 2): set `server.protocol: goridge-v2`"
            }
            Self::MaySpeakPackages => {
                "\nhelp: 255 is an uncaught exception, let PHP log to stderr to see it; a worker for RoadRunner 1 needs `server.protocol: goridge-v2`"
            }
            Self::MaySpeakFrames => {
                "\nhelp: `server.protocol` is `goridge-v2`, the protocol of RoadRunner 1: remove it if the worker uses spiral/goridge 3 or 4"
            }
        })
    }
}

/// A process that has said its pid.
pub(super) struct Booted {
    pub(super) relay: Relay,
    pub(super) process: Process,
    /// What it has said of itself, where its connection is its own from the start.
    pub(super) introduction: Option<Introduction>,
}

impl Spawner {
    /// Starts a process that is to be a worker.
    pub(super) async fn boot(
        &self,
        limit: Duration,
        started: impl FnOnce(u32),
    ) -> Result<Booted, SpawnError> {
        self.boot_under(Guard::Kill, limit, started).await
    }

    pub(super) async fn boot_under(
        &self,
        guard: Guard,
        limit: Duration,
        started: impl FnOnce(u32),
    ) -> Result<Booted, SpawnError> {
        let stdin = match self.listener {
            Some(_) => Stdio::null(),
            None => Stdio::piped(),
        };
        let mut child = self
            .command
            .spawn_under(guard, stdin)
            .await
            .map_err(|source| SpawnError::Start {
                command: self.command.to_string(),
                source,
            })?;
        let pid = child.id().expect("it was not waited for yet");
        started(pid);
        let stderr = child.stderr.take().expect("it was asked for");
        let output = Output::read(stderr, log(pid));
        let stdout = child.stdout.take().expect("it was asked for");
        let mut pipes = match child.stdin.take() {
            Some(stdin) => {
                let mut relay = Relay::new(Pipes::new(stdin, stdout), self.wire);
                relay.log_noise(Lines::new(log(pid)));
                Some(relay)
            }
            None => {
                Output::read(stdout, log(pid));
                None
            }
        };
        let process = Process::watch(pid, child);

        let introduced = async {
            let introduction = match &mut pipes {
                // The pid is not compared: a wrapper between us and PHP is fine.
                Some(relay) => Some(relay.introduce().await.map_err(Failure::Handshake)?),
                None => None,
            };
            match (pipes.take(), &self.listener) {
                (Some(relay), _) => Ok((relay, introduction)),
                (None, Some(listener)) => Ok((dialled_in(listener, pid).await?, None)),
                (None, None) => unreachable!("stdin is piped where there is no listener"),
            }
        };
        let failure = match up(limit, &process, introduced).await {
            Ok((relay, introduction)) => {
                return Ok(Booted {
                    relay,
                    process,
                    introduction,
                });
            }
            Err(failure) => failure,
        };
        let status = ended(&process, &failure).await;
        let (failure, written) = match pipes {
            Some(relay) => hear_out(relay, failure).await,
            None => (failure, String::new()),
        };
        let printed = output.last_lines().await;
        let said = Said(format!("{written}\n{printed}").trim().to_owned());
        Err(self.explain(pid, limit, failure, status, said))
    }

    /// Waits for a process that was forked, and is to dial in at `listener`.
    pub(super) async fn meet(
        &self,
        process: Process,
        listener: &RelayListener,
        limit: Duration,
    ) -> Result<Booted, SpawnError> {
        let pid = process.pid();
        let failure = match up(limit, &process, dialled_in(listener, pid)).await {
            Ok(relay) => {
                return Ok(Booted {
                    relay,
                    process,
                    introduction: None,
                });
            }
            Err(failure) => failure,
        };
        let status = ended(&process, &failure).await;
        // What it printed is among what its parent did, in the log.
        Err(self.explain(pid, limit, failure, status, Said::default()))
    }

    fn wire(&self) -> Wire {
        self.listener.as_ref().map_or(self.wire, |it| it.wire())
    }

    fn explain(
        &self,
        pid: u32,
        limit: Duration,
        failure: Failure,
        status: Option<ExitStatus>,
        said: Said,
    ) -> SpawnError {
        let command = self.command.to_string();
        match failure {
            Failure::Silent => SpawnError::Silent {
                command,
                pid,
                limit,
                said,
            },
            Failure::Ended
            | Failure::Handshake(HandshakeError::Relay(RelayError::Closed | RelayError::Io(_))) => {
                SpawnError::Ended {
                    command,
                    pid,
                    status: status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string()),
                    hint: Hint::at_end(self.wire(), status, &said),
                    said,
                }
            }
            Failure::Handshake(source) => SpawnError::Handshake {
                command,
                pid,
                source,
                said,
            },
            Failure::Listener(source) => SpawnError::Start { command, source },
        }
    }
}

/// Logs what a worker prints, with its pid.
fn log(pid: u32) -> impl FnMut(&str) + Send + 'static {
    move |line| tracing::info!(target: "server", pid, "{line}")
}

/// The connection of the process `pid`.
async fn dialled_in(listener: &RelayListener, pid: u32) -> Result<Relay, Failure> {
    let relay = listener.worker(pid).await.map_err(Failure::Listener)?;
    let mut relay = relay.move_here().map_err(Failure::Listener)?;
    relay.log_noise(Lines::new(log(pid)));
    Ok(relay)
}

/// Waits until a process is up, has ended, or its time is over.
async fn up<T>(
    limit: Duration,
    process: &Process,
    introduced: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        introduced = timeout(limit, introduced) => introduced.unwrap_or(Err(Failure::Silent)),
        _ = process.ended() => Err(Failure::Ended),
    }
}

/// Has a process end that is not up.
async fn ended(process: &Process, failure: &Failure) -> Option<ExitStatus> {
    // A process that closes its pipe is about to end by itself: its own status says more than our kill.
    if matches!(failure, Failure::Handshake(HandshakeError::Relay(_))) {
        process.ended_within(LAST_WORDS).await;
    }
    process.signal(Signal::Kill);
    process.ended_within(UNKILLABLE).await
}

/// Reads what a process that has ended, or was killed, wrote before: why it failed may have changed by that.
async fn hear_out(mut relay: Relay, failure: Failure) -> (Failure, String) {
    let failure = match failure {
        Failure::Ended => match timeout(LAST_WORDS, relay.recv()).await {
            Ok(Err(error)) => Failure::Handshake(error.into()),
            _ => Failure::Ended,
        },
        other => other,
    };
    let written = String::from_utf8_lossy(&relay.unread()).into_owned();
    (failure, written)
}

enum Failure {
    Handshake(HandshakeError),
    Listener(io::Error),
    Ended,
    Silent,
}
