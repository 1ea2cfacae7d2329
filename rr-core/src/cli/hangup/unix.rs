//! The signal itself.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

pub(super) struct Caught(Signal);

impl Caught {
    pub(super) fn new() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    pub(super) async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}
