//! There is no such signal.

use std::io;

pub(super) struct Caught(());

impl Caught {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    pub(super) async fn next(&mut self) -> Option<()> {
        None
    }
}
