//! The process that is started to take the place of this one.

use std::{
    future::pending,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    process::{self, ExitStatus},
    time::Duration,
};

use tokio::{process::Child, sync::watch, task::spawn_blocking, time::timeout};

use super::{
    estate::Estate,
    line::{Line, READY, RUNS, TAKE_OVER, TAKEN},
    origin::Origin,
};
use crate::{cli::kill, process::PREDECESSOR, succession::Names};

/// One that serves.
#[derive(Debug)]
pub(super) struct Successor {
    pub(super) pid: u32,
    line: Line,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("cannot start `{program}`: {source}")]
    Start { program: PathBuf, source: io::Error },
    #[error("cannot hand over what this server listens on: {0}")]
    Estate(io::Error),
    #[error(
        "process {pid}, started from `{program}`, ended with {status} before it was ready; it says why on stderr"
    )]
    Ended {
        pid: u32,
        program: PathBuf,
        status: ExitStatus,
    },
    #[error(
        "process {pid}, started from `{program}`, does not answer as a server of this kind, and was ended"
    )]
    Deaf { pid: u32, program: PathBuf },
    #[error(
        "process {pid} was not ready within {limit:?}, and was ended; `endure.upgrade_timeout` is the limit"
    )]
    Late { pid: u32, limit: Duration },
}

/// How long one that is not wanted has to end by itself.
const FAREWELL: Duration = Duration::from_secs(5);

/// Variables of the manager of services that are for this process alone.
const OWN: [&str; 4] = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID"];

/// Starts one, hands `estate` over and waits until it serves. A dropped call ends it.
pub(super) async fn start(
    origin: Origin,
    estate: io::Result<Estate>,
    limit: Duration,
) -> Result<Successor, Refusal> {
    let program = origin.program().to_owned();
    let estate = estate.map_err(Refusal::Estate)?;
    let (ours, theirs) = UnixStream::pair().map_err(Refusal::Estate)?;
    let mut command = origin.command();
    command
        .stdin(OwnedFd::from(theirs))
        .env(PREDECESSOR, process::id().to_string());
    for name in OWN {
        command.env_remove(name);
    }
    let child = match command.spawn() {
        Ok(child) => child,
        Err(source) => return Err(Refusal::Start { program, source }),
    };
    // It holds the other end of the line, whose end is to be that of the process.
    drop(command);
    let pid = child.id().unwrap_or_default();
    let mut candidate = Candidate(Some(child));
    tracing::info!(target: "server", "process {pid} starts to take over: {}", program.display());
    match timeout(limit, prepare(ours, estate)).await {
        Ok(Ok(line)) => {
            // How it ends one day is for its next parent to hear: process 1, in a container.
            std::mem::forget(candidate);
            Ok(Successor { pid, line })
        }
        Ok(Err(Trouble::Silent)) => Err(match candidate.end(Duration::from_secs(1)).await {
            Some(status) => Refusal::Ended {
                pid,
                program,
                status,
            },
            None => Refusal::Deaf { pid, program },
        }),
        Ok(Err(Trouble::Io(error))) => {
            candidate.end(Duration::ZERO).await;
            Err(Refusal::Estate(error))
        }
        Err(_elapsed) => {
            candidate.end(Duration::ZERO).await;
            Err(Refusal::Late { pid, limit })
        }
    }
}

enum Trouble {
    /// It says nothing, or something else.
    Silent,
    Io(io::Error),
}

/// Up to the moment in which the other process accepts connections.
async fn prepare(stream: UnixStream, estate: Estate) -> Result<Line, Trouble> {
    let sent = spawn_blocking(move || estate.send(&stream).map(|()| stream));
    let stream = match sent.await.map_err(io::Error::other).flatten() {
        Ok(stream) => stream,
        // Its end tells more than ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Trouble::Silent),
        Err(error) => return Err(Trouble::Io(error)),
    };
    let mut line = Line::new(stream).map_err(Trouble::Io)?;
    for (wait_for, then) in [(READY, Some(TAKE_OVER)), (TAKEN, None)] {
        if line.hear().await.as_deref() != Some(wait_for) {
            return Err(Trouble::Silent);
        }
        if let Some(words) = then {
            line.say(words).await.map_err(|_| Trouble::Silent)?;
        }
    }
    Ok(line)
}

impl Successor {
    /// Tells it what runs here still, until it is gone.
    pub(super) async fn tell(mut self, mut running: watch::Receiver<Names>) {
        loop {
            let names: Vec<String> = running.borrow_and_update().iter().cloned().collect();
            let words = format!("{RUNS} {}", names.join(" "));
            if self.line.say(&words).await.is_err() {
                return;
            }
            tokio::select! {
                changed = running.changed() => if changed.is_err() {
                    return pending().await;
                },
                // It says nothing more: this is its end.
                _ = self.line.hear() => return,
            }
        }
    }
}

/// A process that does not serve yet. It is asked to end when this is dropped.
struct Candidate(Option<Child>);

impl Candidate {
    /// Waits for its end, asks for it and enforces it; how it ended by itself.
    async fn end(&mut self, wait: Duration) -> Option<ExitStatus> {
        let mut child = self.0.take()?;
        if let Ok(status) = timeout(wait, child.wait()).await {
            return status.ok();
        }
        terminate(&child);
        if timeout(FAREWELL, child.wait()).await.is_err() {
            child.kill().await.ok();
        }
        None
    }
}

impl Drop for Candidate {
    fn drop(&mut self) {
        if let Some(child) = &self.0 {
            terminate(child);
        }
    }
}

/// It has not been reaped, so the pid is its own.
fn terminate(child: &Child) {
    if let Some(pid) = child.id() {
        kill::terminate(pid).ok();
    }
}
