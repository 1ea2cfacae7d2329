//! The process that serves while this one, its successor, starts.

use std::{
    env,
    fs::File,
    io,
    os::{
        fd::AsFd as _,
        unix::{net::UnixStream, process::parent_id},
    },
};

use rustix::stdio::dup2_stdin;
use tokio::sync::watch;

use super::{
    estate::Estate,
    line::{Line, READY, RUNS, TAKE_OVER, TAKEN},
};
use crate::{
    cli::{Exit, Failure},
    lifecycle::Stop,
    listen::handover,
    process::PREDECESSOR,
    succession::{Names, Succession},
};

/// The line to it, and what it has told.
#[derive(Debug)]
pub(super) struct Predecessor {
    line: Line,
    running: watch::Sender<Option<Names>>,
}

/// It goes on without a successor, or is gone.
#[derive(Debug, thiserror::Error)]
#[error("the server whose place this process was to take wants no successor any more, or is gone")]
pub(super) struct Unwanted;

/// Takes what the predecessor hands over; `None` where there is no predecessor.
///
/// # Errors
/// When it is not there, or hands nothing over.
pub(super) fn meet() -> Result<Option<(Predecessor, Estate)>, Failure> {
    let Some(pid) = env::var_os(PREDECESSOR) else {
        return Ok(None);
    };
    let parent = parent_id();
    if pid.to_str().and_then(|it| it.parse().ok()) != Some(parent) {
        let pid = pid.display();
        return Err(Failure::new(
            Exit::Start,
            format!(
                "`{PREDECESSOR}` says that server `{pid}` has started this process as its successor, but process {parent} has\nhelp: unset it; to upgrade a server, send it SIGUSR2"
            ),
        ));
    }
    let taken = take().map_err(|error| {
        Failure::new(
            Exit::Start,
            format!("cannot take over what server {parent} hands to this process: {error}"),
        )
    });
    taken.map(Some)
}

fn take() -> io::Result<(Predecessor, Estate)> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    dup2_stdin(File::open("/dev/null")?)?;
    let estate = Estate::receive(&stream)?;
    let (running, _) = watch::channel(None);
    let line = Line::new(stream)?;
    Ok((Predecessor { line, running }, estate))
}

impl Predecessor {
    /// What services here are told of it.
    pub(super) fn succession(&self) -> Succession {
        Succession::after(self.running.subscribe())
    }

    /// Takes its place, once this process is `up`.
    pub(super) async fn rise(mut self, up: Stop) -> Result<Option<Self>, Unwanted> {
        tokio::select! {
            // It says nothing before: this is its end.
            _ = self.line.hear() => return Err(Unwanted),
            () = up.cancelled() => {}
        }
        self.line.say(READY).await.map_err(|_| Unwanted)?;
        match self.line.hear().await.as_deref() {
            Some(TAKE_OVER) => {}
            _ => return Err(Unwanted),
        }
        handover::take_over();
        self.line.say(TAKEN).await.map_err(|_| Unwanted)?;
        // When it tells this, it has told all others who the server is.
        if let Some(words) = self.line.hear().await {
            self.note(&words);
        }
        Ok(Some(self))
    }

    /// Passes on what it tells, until it is gone.
    pub(super) async fn hear(mut self) {
        while let Some(words) = self.line.hear().await {
            self.note(&words);
        }
    }

    fn note(&self, words: &str) {
        if let Some(names) = words.strip_prefix(RUNS) {
            let names = names.split_whitespace().map(str::to_owned).collect();
            self.running.send_replace(Some(names));
        }
    }
}
