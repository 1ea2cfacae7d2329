//! `SIGHUP`: the configuration is to be read again.

#[cfg_attr(unix, path = "hangup/unix.rs")]
#[cfg_attr(windows, path = "hangup/windows.rs")]
mod system;

use std::{future::pending, io};

use tokio::sync::mpsc;

/// Requests to read the configuration again. Those that come together may be heard as one.
pub(super) struct Hangups(From);

enum From {
    System(system::Caught),
    #[cfg_attr(not(test), expect(dead_code, reason = "tests are no terminal"))]
    Messages(mpsc::UnboundedReceiver<()>),
}

impl Hangups {
    /// Those of this process, from now on. Needs a runtime.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self(From::System(system::Caught::new()?)))
    }

    /// Each message is a request.
    #[cfg(test)]
    pub(super) fn channel() -> (mpsc::UnboundedSender<()>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(From::Messages(receiver)))
    }

    /// Resolves with the next request; never, when nobody can ask any more.
    pub(super) async fn next(&mut self) {
        let asked = match &mut self.0 {
            From::System(caught) => caught.next().await,
            From::Messages(messages) => messages.recv().await,
        };
        if asked.is_none() {
            pending::<()>().await;
        }
    }
}
