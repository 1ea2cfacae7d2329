//! What the system asks of the server: to stop, and to stop at once.

use std::io;

use tokio::sync::mpsc;

/// Requests to stop, in the order of their arrival: the first is to be obeyed gracefully,
/// the second at once.
pub struct Signals {
    requests: mpsc::UnboundedReceiver<()>,
    /// Where nobody will ask, the other end is kept, so that the wait never ends.
    _keep: Option<mpsc::UnboundedSender<()>>,
}

impl Signals {
    /// `SIGINT`, `SIGTERM` and `SIGQUIT` of this process, from now on. Needs a runtime.
    ///
    /// # Errors
    /// When the system does not let them be caught.
    pub fn install() -> io::Result<Self> {
        let (sender, signals) = Self::channel();
        system::forward(&sender)?;
        Ok(signals)
    }

    /// Nobody asks.
    #[must_use]
    pub fn none() -> Self {
        let (sender, mut signals) = Self::channel();
        signals._keep = Some(sender);
        signals
    }

    /// Each message is a request.
    #[must_use]
    pub fn channel() -> (mpsc::UnboundedSender<()>, Self) {
        let (sender, requests) = mpsc::unbounded_channel();
        let signals = Self {
            requests,
            _keep: None,
        };
        (sender, signals)
    }

    /// Resolves with the next request; never, when nobody can ask any more.
    pub async fn next(&mut self) {
        if self.requests.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
mod system {
    use std::io;

    use tokio::{
        signal::unix::{SignalKind, signal},
        sync::mpsc::UnboundedSender,
    };

    pub(super) fn forward(to: &UnboundedSender<()>) -> io::Result<()> {
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::quit(),
        ] {
            let (mut stream, to) = (signal(kind)?, to.clone());
            tokio::spawn(
                async move { while stream.recv().await.is_some() && to.send(()).is_ok() {} },
            );
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use tokio::{signal::ctrl_c, sync::mpsc::UnboundedSender};

    pub(super) fn forward(to: &UnboundedSender<()>) -> io::Result<()> {
        let to = to.clone();
        tokio::spawn(async move { while ctrl_c().await.is_ok() && to.send(()).is_ok() {} });
        Ok(())
    }
}
