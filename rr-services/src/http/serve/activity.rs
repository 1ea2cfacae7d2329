//! What a connection is doing: told by its stream, its requests and their responses, asked by
//! who watches its time.
//!
//! Knows no timer and no HTTP library. A connection of HTTP/2 runs in several tasks; each of
//! these notes is good by itself, so no order between them is needed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Notes on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    http2: AtomicBool,
    /// Requests so far.
    requests: AtomicU32,
    /// Requests whose responses are not through.
    open: AtomicU32,
    /// Responses that gave a part of their body and were not asked for the next since.
    fed: AtomicU32,
    /// Bytes of a request's head have come, but not all.
    head: AtomicBool,
    /// The stream takes nothing.
    blocked: AtomicBool,
    /// No request is to follow.
    retiring: AtomicBool,
    /// When a head, or the time between two requests, began; in milliseconds after the start.
    phase: AtomicU64,
    /// When the client last took something.
    taken: AtomicU64,
}

/// What a connection waits for, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// That the client sends the head of a request to its end.
    Head(Instant),
    /// That the client sends another request.
    Idle(Instant),
    /// That the client takes what is sent to it.
    Reader(Instant),
    /// For nothing of the client's.
    Nothing,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            http2: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            open: AtomicU32::new(0),
            fed: AtomicU32::new(0),
            head: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            retiring: AtomicBool::new(false),
            phase: AtomicU64::new(0),
            taken: AtomicU64::new(0),
        })
    }

    /// The client's first request is waited for from now on: a handshake is done.
    pub(super) fn restart(&self) {
        self.head.store(false, Relaxed);
        self.note(&self.phase);
    }

    /// The client sent something.
    pub(super) fn received(&self) {
        // Frames of HTTP/2 that are no request come between requests, too.
        let is_head = self.open.load(Relaxed) == 0 && !self.http2.load(Relaxed);
        if is_head && !self.head.swap(true, Relaxed) {
            self.note(&self.phase);
        }
    }

    /// The client took something.
    pub(super) fn took(&self) {
        self.blocked.store(false, Relaxed);
        self.note(&self.taken);
    }

    /// Something is to be sent that the client does not take.
    pub(super) fn blocked(&self) {
        if !self.blocked.swap(true, Relaxed) {
            self.note(&self.taken);
        }
    }

    /// A request has come; its end is that of what is returned.
    pub(super) fn request(self: &Arc<Self>, http2: bool) -> Open {
        self.http2.store(http2, Relaxed);
        self.requests.fetch_add(1, Relaxed);
        self.open.fetch_add(1, Relaxed);
        self.head.store(false, Relaxed);
        Open {
            activity: Arc::clone(self),
            fed: false,
        }
    }

    /// The connection is to end, but not under a request: responses say so from now on.
    pub(super) fn retire(&self) {
        self.retiring.store(true, Relaxed);
    }

    /// Whether requests are those of HTTP/2; not known before the first.
    pub(super) fn is_http2(&self) -> bool {
        self.http2.load(Relaxed)
    }

    /// Since when the client has sent nothing, be it after a request or at all; `None` where it has
    /// begun one.
    pub(super) fn silent(&self) -> Option<Instant> {
        match self.waiting() {
            Waiting::Idle(since) => Some(since),
            Waiting::Head(since) if !self.head.load(Relaxed) => Some(since),
            _ => None,
        }
    }

    /// How many requests have come.
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    /// How long there has been nothing to do since the last request; `None` while there is.
    pub(super) fn idle(&self) -> Option<Duration> {
        match self.waiting() {
            Waiting::Idle(since) => Some(since.elapsed()),
            _ => None,
        }
    }

    pub(super) fn waiting(&self) -> Waiting {
        let (phase, taken) = (self.at(&self.phase), self.at(&self.taken));
        let open = self.open.load(Relaxed);
        if self.blocked.load(Relaxed) || open > 0 && open == self.fed.load(Relaxed) {
            Waiting::Reader(taken)
        } else if open > 0 {
            Waiting::Nothing
        } else if self.head.load(Relaxed) || self.requests() == 0 {
            Waiting::Head(phase)
        } else {
            Waiting::Idle(phase)
        }
    }

    fn note(&self, time: &AtomicU64) {
        let millis = self.start.elapsed().as_millis();
        time.store(u64::try_from(millis).unwrap_or(u64::MAX), Relaxed);
    }

    fn at(&self, time: &AtomicU64) -> Instant {
        self.start + Duration::from_millis(time.load(Relaxed))
    }
}

/// A request whose response is not through.
#[derive(Debug)]
pub(super) struct Open {
    activity: Arc<Activity>,
    fed: bool,
}

impl Open {
    /// The next part of the body is asked for.
    pub(super) fn asked(&mut self) {
        if std::mem::take(&mut self.fed) {
            self.activity.fed.fetch_sub(1, Relaxed);
        }
    }

    /// A part of the body is on its way.
    pub(super) fn fed(&mut self) {
        if !std::mem::replace(&mut self.fed, true) {
            self.activity.fed.fetch_add(1, Relaxed);
            // From here on it is the client's turn.
            self.activity.note(&self.activity.taken);
        }
    }

    /// Whether it is to be the last one on this connection, as another process serves.
    pub(super) fn is_farewell(&self) -> bool {
        self.activity.retiring.load(Relaxed)
    }

    /// Requests on this connection, this one included.
    pub(super) fn number(&self) -> u32 {
        self.activity.requests()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.asked();
        self.activity.note(&self.activity.phase);
        self.activity.open.fetch_sub(1, Relaxed);
    }
}
