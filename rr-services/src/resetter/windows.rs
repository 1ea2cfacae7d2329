//! There is no signal that asks for a reset: `rr reset` does.

use std::{future::pending, io};

/// Nobody can ask.
pub(super) struct Asked(());

impl Asked {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    pub(super) async fn next(&mut self) {
        pending().await
    }
}
