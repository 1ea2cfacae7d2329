//! What the system asks of the server: to stop, and to stop at once.

#[cfg_attr(unix, path = "signal/unix.rs")]
#[cfg_attr(windows, path = "signal/windows.rs")]
mod system;

use std::{future::pending, io};

use tokio::sync::mpsc;

/// Requests to stop, in the order of their arrival: the first is to be obeyed gracefully,
/// the second at once.
pub struct Signals(From);

enum From {
    System(system::Caught),
    Messages(mpsc::UnboundedReceiver<()>),
    Nobody,
}

impl Signals {
    /// `SIGINT`, `SIGTERM` and `SIGQUIT` of this process, from now on; on Windows what the console
    /// tells, and `rr stop`. Needs a runtime.
    ///
    /// # Errors
    /// When the system does not let them be caught.
    pub fn install() -> io::Result<Self> {
        Ok(Self(From::System(system::Caught::new()?)))
    }

    /// Nobody asks.
    #[must_use]
    pub const fn none() -> Self {
        Self(From::Nobody)
    }

    /// Each message is a request.
    #[must_use]
    pub fn channel() -> (mpsc::UnboundedSender<()>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(From::Messages(receiver)))
    }

    /// Resolves with the next request; never, when nobody can ask any more.
    pub async fn next(&mut self) {
        let asked = match &mut self.0 {
            From::System(caught) => caught.next().await,
            From::Messages(messages) => messages.recv().await,
            From::Nobody => None,
        };
        if asked.is_none() {
            pending::<()>().await;
        }
    }
}
