//! Signals that end a process, caught.

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
