//! Files to a client without a copy through the process: `sendfile`, below hyper.
//!
//! hyper writes bytes that are in memory, and has no place for a descriptor. So a body gives it
//! *stand-ins*: as many bytes as the part of the file has, in memory that nobody writes or reads. The
//! stream below hyper knows them by their address, and has the system send what they stand for.
//!
//! Bytes that somebody looks into, compresses or encrypts on the way must be real. So a request has an
//! [`Outlet`] only where all middleware around the one that sends files passes bodies on as they are
//! ([`Middleware::passes_bodies`](super::Middleware::passes_bodies)), over HTTP/1 without TLS; who finds out late
//! closes it. Should a stand-in be copied or dropped nevertheless, the connection is cut before a byte of it is
//! sent.

#[cfg_attr(target_os = "linux", path = "outlet/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "outlet/elsewhere.rs")]
mod system;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
};

use bytes::Bytes;

pub(super) use system::{Socket, direct};

/// The way past hyper to the client of one connection; in the extensions of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    promises: mpsc::Sender<Arc<Promise>>,
    state: Arc<State>,
}

/// What both sides of hyper know of a connection.
#[derive(Debug, Default)]
struct State {
    /// The response at hand needs real bytes. HTTP/1 has one at a time.
    closed: AtomicBool,
    /// A stand-in was used up without being sent: nobody knows what hyper holds now.
    torn: AtomicBool,
}

/// A part of a file that is to be sent in its turn.
#[derive(Debug)]
struct Promise {
    file: Arc<File>,
    start: u64,
    length: u64,
    sent: AtomicU64,
}

/// What hyper holds of a promise.
struct StandIn {
    promise: Arc<Promise>,
    state: Arc<State>,
}

/// What all stand-ins point to.
static NOTHING: OnceLock<Vec<u8>> = OnceLock::new();

impl Outlet {
    /// Bytes that a stand-in has at most.
    pub(crate) const LONGEST: u64 = 256 << 10;

    /// For the next request of the connection.
    pub(super) fn open(&self) -> Self {
        self.state.closed.store(false, Relaxed);
        self.clone()
    }

    /// The bytes of this response must be real. To be said before its body is asked for the first.
    pub(crate) fn close(&self) {
        self.state.closed.store(true, Relaxed);
    }

    /// Bytes to give to hyper, for `range` of the `file`: at most [`LONGEST`](Self::LONGEST), and at least one.
    /// Only in the order in which they are sent. `None` where they must be real.
    pub(crate) fn stand_in(&self, file: &Arc<File>, range: Range<u64>) -> Option<Bytes> {
        if self.state.closed.load(Relaxed) {
            return None;
        }
        let promise = Arc::new(Promise {
            file: Arc::clone(file),
            start: range.start,
            length: range.end - range.start,
            sent: AtomicU64::new(0),
        });
        // A connection that is gone has nobody to keep a promise to.
        self.promises.send(Arc::clone(&promise)).ok();
        Some(Bytes::from_owner(StandIn {
            promise,
            state: Arc::clone(&self.state),
        }))
    }
}

impl Promise {
    fn is_kept(&self) -> bool {
        self.sent.load(Relaxed) == self.length
    }
}

impl AsRef<[u8]> for StandIn {
    fn as_ref(&self) -> &[u8] {
        let nothing = NOTHING.get_or_init(|| vec![0; Outlet::LONGEST as usize]);
        &nothing[..self.promise.length as usize]
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if !self.promise.is_kept() {
            self.state.torn.store(true, Relaxed);
        }
    }
}
