//! By descriptors that go from one process to the other over a unix socket, the successor's stdin.

mod estate;
mod line;
mod origin;
mod predecessor;
mod successor;

use std::{
    fs::File,
    future::pending,
    io::{self, Write as _},
    os::{
        fd::OwnedFd,
        unix::{fs::MetadataExt as _, net::UnixStream},
    },
    path::{Path, PathBuf},
};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Step;
use crate::{
    cli::{Exit, Failure, init, pid_file::PidFile},
    config::UpgradeTimes,
    lifecycle::Stop,
    listen::handover,
    succession::Succession,
    systemd::{self, State},
};
use estate::Estate;
use origin::Origin;
use predecessor::{Predecessor, Unwanted};
use successor::{Refusal, Successor};

/// Where this process stands between its predecessor and its successor.
pub(in crate::cli) struct Upgrade {
    origin: Option<Origin>,
    asked: Option<Signal>,
    succession: Succession,
    /// All services are ready.
    up: Stop,
    /// Ends when this process is the server; with its predecessor, if it had one.
    rise: Option<BoxFuture<'static, Result<Option<Predecessor>, Unwanted>>>,
    /// What the predecessor tells of its services is to be known to those here.
    hearing: Option<BoxFuture<'static, ()>>,
    /// A successor starts.
    attempt: Option<(UpgradeTimes, BoxFuture<'static, Result<Successor, Refusal>>)>,
    /// Ends when the successor does.
    telling: Option<BoxFuture<'static, ()>>,
    inherited_pid_file: Option<(PathBuf, File)>,
    /// The line to the first process of the container.
    first_process: Option<OwnedFd>,
}

impl Upgrade {
    /// Meets the predecessor, if this process was started by one. Remembers how it was started: to
    /// be called before the working directory changes. Needs a runtime.
    pub(in crate::cli) fn find() -> Result<Self, Failure> {
        let caught = signal(SignalKind::user_defined2());
        let asked = caught.map_err(|error| {
            Failure::new(Exit::Command, format!("cannot catch signals: {error}"))
        })?;
        let mut found = Self {
            origin: Some(Origin::find()),
            asked: Some(asked),
            ..Self::none()
        };
        match predecessor::meet()? {
            Some((predecessor, estate)) => {
                handover::receive(estate.sockets);
                found.succession = predecessor.succession();
                found.rise = Some(predecessor.rise(found.up.clone()).boxed());
                found.inherited_pid_file = estate.pid_file;
                found.first_process = estate.first_process;
            }
            None => found.first_process = init::line()?,
        }
        Ok(found)
    }

    /// One that nobody asks for.
    pub(in crate::cli) fn none() -> Self {
        let up = Stop::new();
        let wait = up.clone();
        let rise = async move {
            wait.cancelled().await;
            Ok(None)
        };
        Self {
            origin: None,
            asked: None,
            succession: Succession::default(),
            up,
            rise: Some(rise.boxed()),
            hearing: None,
            attempt: None,
            telling: None,
            inherited_pid_file: None,
            first_process: None,
        }
    }

    /// What services are told of the processes before and after this one.
    pub(in crate::cli) fn succession(&self) -> Succession {
        self.succession.clone()
    }

    /// The pid file at `path`: the predecessor's, whose lock came with it, or a new one.
    pub(in crate::cli) fn pid_file(&mut self, path: PathBuf) -> Result<PidFile, Failure> {
        match self.inherited_pid_file.take() {
            Some((theirs, file)) if is_same(&theirs, &file, &path) => {
                Ok(PidFile::inherit(path, file))
            }
            _ => PidFile::hold(path),
        }
    }

    /// All services are ready.
    pub(in crate::cli) fn up(&self) {
        self.up.cancel();
    }

    /// Starts a successor; `pid_file` is for it.
    pub(in crate::cli) fn begin(&mut self, pid_file: Option<&PidFile>, times: UpgradeTimes) {
        let estate = self.estate(pid_file);
        let attempt = match self.origin.clone() {
            Some(origin) => successor::start(origin, estate, times.ready).boxed(),
            None => return,
        };
        self.attempt = Some((times, attempt));
    }

    fn estate(&self, pid_file: Option<&PidFile>) -> io::Result<Estate> {
        let line = self.first_process.as_ref();
        Ok(Estate {
            sockets: handover::sockets()?,
            pid_file: pid_file.map(PidFile::share).transpose()?,
            first_process: line.map(OwnedFd::try_clone).transpose()?,
        })
    }

    /// Ends a successor that is not ready yet.
    pub(in crate::cli) fn abandon(&mut self) {
        self.attempt = None;
    }

    /// The next step. Nothing is lost where the future is dropped.
    pub(in crate::cli) async fn next(&mut self) -> Step {
        loop {
            tokio::select! {
                biased;
                risen = run(&mut self.rise) => match risen {
                    Ok(predecessor) => {
                        self.hearing = predecessor.map(|it| it.hear().boxed());
                        return Step::Serves;
                    }
                    Err(why) => return Step::Unwanted(why.to_string()),
                },
                (times, outcome) = attempted(&mut self.attempt) => return match outcome {
                    Ok(successor) => Step::Succeeded(self.succeeded(successor, times)),
                    Err(why) => Step::Failed(why.to_string()),
                },
                () = run(&mut self.hearing) => {}
                () = run(&mut self.telling) => if self.succession.hurry() {
                    tracing::error!(
                        target: "server",
                        "the process that took over is gone: nobody takes requests, and this one ends",
                    );
                },
                () = caught(&mut self.asked) => match &self.attempt {
                    None => return Step::Asked,
                    Some(_) => tracing::warn!(
                        target: "server",
                        "SIGUSR2 is ignored: an upgrade is under way",
                    ),
                },
            }
        }
    }

    /// From here on there is no way back.
    fn succeeded(&mut self, successor: Successor, times: UpgradeTimes) -> u32 {
        let pid = successor.pid;
        // Told by this process: who is not the main one may not be believed.
        systemd::tell(State::Succeeded(pid));
        self.succession.hand_over(times.drain);
        handover::give_away();
        if let Some(line) = self.first_process.take()
            && let Err(error) = writeln!(UnixStream::from(line), "{pid}")
        {
            tracing::error!(target: "server", "cannot tell process 1 that process {pid} serves: {error}");
        }
        self.telling = Some(successor.tell(self.succession.running()).boxed());
        pid
    }
}

/// Whether `path` is the file that a predecessor knew as `theirs`.
fn is_same(theirs: &Path, file: &File, path: &Path) -> bool {
    let found = || {
        let (ours, theirs) = (path.metadata()?, theirs.metadata()?);
        let held = file.metadata()?;
        let id = |it: &std::fs::Metadata| (it.dev(), it.ino());
        Ok::<_, io::Error>(id(&ours) == id(&held) && id(&theirs) == id(&held))
    };
    found().unwrap_or(false)
}

/// Runs what is there to its end, once.
async fn run<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(running) => {
            let done = running.await;
            *work = None;
            done
        }
        None => pending().await,
    }
}

async fn attempted(
    attempt: &mut Option<(UpgradeTimes, BoxFuture<'static, Result<Successor, Refusal>>)>,
) -> (UpgradeTimes, Result<Successor, Refusal>) {
    match attempt {
        Some((times, running)) => {
            let outcome = (*times, running.await);
            *attempt = None;
            outcome
        }
        None => pending().await,
    }
}

async fn caught(asked: &mut Option<Signal>) {
    let caught = match asked {
        Some(asked) => asked.recv().await,
        None => None,
    };
    if caught.is_none() {
        pending().await
    }
}
