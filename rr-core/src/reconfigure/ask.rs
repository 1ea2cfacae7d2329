//! Who asks for a reload, and who knows where the configuration is written.

use tokio::sync::{mpsc, oneshot};

use super::Report;
use crate::config::{Config, Diagnostics};

/// What was read again.
pub struct Reading {
    /// `None` where it could not be read: `found` says why.
    pub config: Option<Config>,
    /// Mistakes and oddities so far.
    pub found: Diagnostics,
    /// Names of variables from files that hold something else than the process and its workers have.
    pub variables: Vec<String>,
}

/// The server's side: asks for the configuration to be read, and hears who wants it applied.
pub struct Readings {
    pub(crate) wanted: mpsc::UnboundedSender<oneshot::Sender<Reading>>,
    pub(crate) hangups: mpsc::UnboundedReceiver<()>,
}

/// The side of whoever knows where the configuration is written.
pub struct Rereads {
    wanted: mpsc::UnboundedReceiver<oneshot::Sender<Reading>>,
    hangups: mpsc::UnboundedSender<()>,
}

/// Both sides.
#[must_use]
pub fn rereads() -> (Rereads, Readings) {
    let (want, wanted) = mpsc::unbounded_channel();
    let (hang_up, hangups) = mpsc::unbounded_channel();
    let rereads = Rereads {
        wanted,
        hangups: hang_up,
    };
    let readings = Readings {
        wanted: want,
        hangups,
    };
    (rereads, readings)
}

impl Rereads {
    /// Resolves when the configuration is to be read, with where to put it; never, where nobody
    /// will want it any more.
    pub async fn next(&mut self) -> oneshot::Sender<Reading> {
        match self.wanted.recv().await {
            Some(to) => to,
            None => std::future::pending().await,
        }
    }

    /// Asks for a reload whose outcome is in the log. `false` where this server does none.
    #[must_use]
    pub fn hang_up(&self) -> bool {
        self.hangups.send(()).is_ok()
    }
}

/// A reload that somebody waits for; the error is why there is none.
pub(super) struct Order {
    pub(super) dry_run: bool,
    pub(super) reply: oneshot::Sender<Result<Report, String>>,
}

/// Asks for reloads.
#[derive(Clone)]
pub(crate) struct Asker(mpsc::UnboundedSender<Order>);

/// What they ask, one after the other.
pub(crate) struct Orders {
    received: mpsc::UnboundedReceiver<Order>,
    asker: Asker,
}

impl Orders {
    pub(crate) fn new() -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let asker = Asker(sender);
        Self { received, asker }
    }

    pub(crate) fn asker(&self) -> Asker {
        self.asker.clone()
    }

    pub(super) async fn next(&mut self) -> Order {
        let order = self.received.recv().await;
        order.expect("it holds an asker itself")
    }
}

/// Why nothing is reloaded any more.
pub(super) const STOPPING: &str = "the server is stopping: nothing is reloaded";

impl Asker {
    /// The outcome of a reload; `dry_run` only tells what it would be.
    pub(super) async fn ask(&self, dry_run: bool) -> Result<Report, String> {
        let (reply, answer) = oneshot::channel();
        let sent = self.0.send(Order { dry_run, reply });
        sent.map_err(|_| STOPPING.to_owned())?;
        answer.await.map_err(|_| STOPPING.to_owned())?
    }
}
