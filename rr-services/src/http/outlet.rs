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

/// The way past the HTTP library to the client: a body of stand-ins for a file, which the system sends from
/// where it lies.
///
/// It is in the extensions of a request where that can be done: on Linux, over HTTP/1 without TLS, for
/// middleware that [`sends_files`](super::Middleware::sends_files) with none around it that looks into bodies.
/// Where it is missing, files have to be read.
#[derive(Clone, Debug)]
pub struct Outlet {
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
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "there is no outlet")
)]
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
    pub const LONGEST: u64 = 256 << 10;

    /// For the next request of the connection.
    pub(super) fn open(&self) -> Self {
        self.state.closed.store(false, Relaxed);
        self.clone()
    }

    /// Says that the bytes of this response must be real: for a layer that passes bodies on as they are, but for
    /// this one. Before the body is asked for its first part.
    pub fn close(&self) {
        self.state.closed.store(true, Relaxed);
    }

    /// What a body gives in place of the bytes `range` of the `file`: when it is asked for them, not before, since
    /// they are sent in the order in which this is called. At least one, at most [`LONGEST`](Self::LONGEST), and all
    /// of them in the file: if it has become shorter meanwhile, the connection is cut. `None` where they must be real.
    ///
    /// # Panics
    /// If there are more than [`LONGEST`](Self::LONGEST).
    pub fn stand_in(&self, file: &Arc<File>, range: Range<u64>) -> Option<Bytes> {
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
