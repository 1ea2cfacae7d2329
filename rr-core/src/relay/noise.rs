//! What a peer prints where only frames may go: passed on, and its beginning kept for messages.

use std::io;

/// How much is kept of it.
const KEPT: usize = 4 << 10;

/// Takes no more memory than [`KEPT`], whatever a peer prints.
#[derive(Default)]
pub(super) struct Noise {
    log: Option<Box<dyn io::Write + Send>>,
    /// The beginning of what came since the last frame.
    kept: Vec<u8>,
    /// Something was logged and not flushed.
    is_open: bool,
}

impl Noise {
    pub(super) fn log(&mut self, log: Box<dyn io::Write + Send>) {
        self.log = Some(log);
    }

    pub(super) fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    pub(super) fn hear(&mut self, bytes: &[u8]) {
        let room = KEPT - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some(log) = &mut self.log {
            // A log that fails is no reason to fail a task.
            log.write_all(bytes).ok();
            self.is_open = true;
        }
    }

    /// Nothing more comes for now.
    pub(super) fn pause(&mut self) {
        if self.is_open
            && let Some(log) = &mut self.log
        {
            log.flush().ok();
            self.is_open = false;
        }
    }

    /// A frame came: what was printed before it explains nothing that follows.
    pub(super) fn forget(&mut self) {
        if self.is_open || !self.kept.is_empty() {
            self.pause();
            self.kept.clear();
        }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        self.pause();
    }
}
