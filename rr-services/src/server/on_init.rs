//! The command that runs once before the workers start: migrations, caches, a check of the machine.

use std::{collections::BTreeMap, ffi::OsString, fmt, io, process::Stdio, time};

use rr_core::{
    config::{CommandLine, Duration},
    lifecycle::Stop,
    process::{Command, Output, Process, RunAs, Signal},
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::sleep;

/// A command that runs once before the workers start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct OnInitConfig {
    /// The command, split at spaces. No shell is involved.
    pub command: CommandLine,
    /// How long it may take; then it is killed, which is a failure. 0 is a minute.
    #[serde(default = "a_minute")]
    pub exec_timeout: Duration,
    /// Whether its failure keeps the server from starting; otherwise it is a line in the log.
    #[serde(default = "yes")]
    pub exit_on_error: bool,
    /// Environment variables on top of the server's; names are upper-cased.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The user that it runs as. The server must run as root then.
    #[serde(default)]
    pub user: Option<String>,
}

fn a_minute() -> Duration {
    Duration::from_secs(60)
}

fn yes() -> bool {
    true
}

/// The command, ready to run.
#[derive(Debug)]
pub(super) struct OnInit {
    command: Command,
    limit: time::Duration,
    exit_on_error: bool,
}

/// Why the command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum OnInitError {
    #[error(
        "cannot run `server.on_init.command` (`{command}`): {source}\nhelp: the program is looked up in PATH, no shell is involved"
    )]
    Start { command: String, source: io::Error },
    #[error("`server.on_init.command` (`{command}`) ended with {status}{said}")]
    Failed {
        command: String,
        status: String,
        said: Said,
    },
    #[error(
        "`server.on_init.command` (`{command}`) did not end within {limit:?} and was killed{said}\nhelp: `server.on_init.exec_timeout` is the limit"
    )]
    TimedOut {
        command: String,
        limit: time::Duration,
        said: Said,
    },
}

/// The last lines that the command printed, stdout before stderr.
#[derive(Debug)]
pub(super) struct Said([String; 2]);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.iter().flat_map(|it| it.lines()).peekable();
        f.write_str(match lines.peek() {
            Some(_) => "; it printed:",
            None => "; it printed nothing",
        })?;
        lines.try_for_each(|line| write!(f, "\n    {line}"))
    }
}

impl OnInit {
    pub(super) fn new(config: OnInitConfig, user: Option<RunAs>) -> Self {
        let env = config.env.into_iter();
        let limit = time::Duration::from(config.exec_timeout);
        Self {
            command: Command {
                program: config.command.program().to_owned(),
                args: config.command.args().to_vec(),
                env: env
                    .map(|(name, value)| (name.to_uppercase(), value.into()))
                    .collect(),
                user,
            },
            limit: match limit.is_zero() {
                true => time::Duration::from_secs(60),
                false => limit,
            },
            exit_on_error: config.exit_on_error,
        }
    }

    /// Runs it to its end, with `more` in its environment. What it prints is logged.
    ///
    /// # Errors
    /// When it fails and that is to end the start. A `stop` kills it, which is no failure.
    pub(super) async fn run(
        mut self,
        more: Option<(String, OsString)>,
        stop: &Stop,
    ) -> Result<(), OnInitError> {
        // What the config says goes before.
        self.command.env.splice(..0, more);
        match self.attempt(stop).await {
            Err(error) if !self.exit_on_error => {
                tracing::error!(target: "server", "{error}");
                Ok(())
            }
            ended => ended,
        }
    }

    async fn attempt(&self, stop: &Stop) -> Result<(), OnInitError> {
        let command = self.command.to_string();
        let mut child = match self.command.spawn(Stdio::null()).await {
            Ok(child) => child,
            Err(source) => return Err(OnInitError::Start { command, source }),
        };
        let pid = child.id().expect("it was not waited for yet");
        let log = move |line: &str| tracing::info!(target: "server", pid, "{line}");
        let outputs = [
            Output::read(child.stdout.take().expect("it is piped"), log),
            Output::read(child.stderr.take().expect("it is piped"), log),
        ];
        let process = Process::watch(pid, child);
        let limit = self.limit;
        let status = tokio::select! {
            biased;
            status = process.ended() => Some(status),
            () = stop.cancelled() => {
                process.signal(Signal::Kill);
                process.ended().await;
                return Ok(());
            }
            () = sleep(limit) => {
                process.signal(Signal::Kill);
                process.ended().await;
                None
            }
        };
        let [stdout, stderr] = outputs;
        let said = Said([stdout.last_lines().await, stderr.last_lines().await]);
        match status {
            Some(Some(status)) if status.success() => Ok(()),
            Some(status) => Err(OnInitError::Failed {
                command,
                status: status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string()),
                said,
            }),
            None => Err(OnInitError::TimedOut {
                command,
                limit,
                said,
            }),
        }
    }
}
