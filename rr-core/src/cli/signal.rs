//! What the system asks of the server: to stop, and to stop at once.

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
    /// `SIGINT`, `SIGTERM` and `SIGQUIT` of this process, from now on. Needs a runtime.
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

#[cfg(unix)]
mod system {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Caught {
        interrupt: Signal,
        terminate: Signal,
        quit: Signal,
    }

    impl Caught {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                quit: signal(SignalKind::quit())?,
            })
        }

        pub(super) async fn next(&mut self) -> Option<()> {
            tokio::select! {
                asked = self.interrupt.recv() => asked,
                asked = self.terminate.recv() => asked,
                asked = self.quit.recv() => asked,
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use tokio::signal::ctrl_c;

    pub(super) struct Caught(());

    impl Caught {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self(()))
        }

        pub(super) async fn next(&mut self) -> Option<()> {
            ctrl_c().await.ok()
        }
    }
}
