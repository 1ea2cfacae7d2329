//! The signal that asks for a reset of everything.

use std::{future::pending, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGUSR1, caught.
pub(super) struct Asked(Signal);

impl Asked {
    pub(super) fn new() -> io::Result<Self> {
        signal(SignalKind::user_defined1()).map(Self)
    }

    pub(super) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            pending().await
        }
    }
}
