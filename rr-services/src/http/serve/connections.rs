//! The open connections of all listeners: how many there may be, and what they are all told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep},
};

/// What every connection is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Signal {
    /// All is well.
    Serve,
    /// There is no place for another one: who has nothing to do may go.
    Crowded,
    /// Another process has taken over: who asks on is to connect anew.
    Retire,
    /// The server stops: finish what has begun.
    Close,
}

/// The open connections of a server.
#[derive(Debug)]
pub(in crate::http) struct Connections {
    places: Option<Arc<Semaphore>>,
    most: usize,
    signals: watch::Sender<Signal>,
    start: Instant,
    /// When those who are full may be told again, in milliseconds after the start.
    next_reminder: AtomicU64,
}

/// The right to be an open connection; the place is free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) signals: watch::Receiver<Signal>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// How often the idle connections of a full server are reminded.
const REMINDER: Duration = Duration::from_secs(1);

impl Connections {
    /// At most `most` connections, of `listeners` that hold a place each for who comes next.
    pub(super) fn new(most: Option<usize>, listeners: usize) -> Self {
        let places = |most: usize| {
            let places = most.saturating_add(listeners.saturating_sub(1));
            Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
        };
        Self {
            places: most.map(places),
            most: most.unwrap_or_default(),
            signals: watch::Sender::new(Signal::Serve),
            start: Instant::now(),
            next_reminder: AtomicU64::new(0),
        }
    }

    /// Waits for a place. Meanwhile those that nobody uses are asked to be given up.
    pub(super) async fn place(&self) -> Place {
        let permit = match &self.places {
            None => None,
            Some(places) => match Arc::clone(places).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(_) => self.wait_in(places).await,
            },
        };
        Place {
            signals: self.signals.subscribe(),
            _permit: permit,
        }
    }

    async fn wait_in(&self, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        let remind = async {
            loop {
                if self.is_time_to_remind() {
                    tracing::warn!(
                        target: "http",
                        "all {} connections of `http.limits.connections` are in use: those that come now wait",
                        self.most,
                    );
                    self.crowded();
                }
                sleep(REMINDER).await;
            }
        };
        tokio::select! {
            permit = Arc::clone(places).acquire_owned() => permit.ok(),
            () = remind => None,
        }
    }

    /// A full server gets a place back and is full again many times a second: the log and the idle
    /// need to hear of it once.
    fn is_time_to_remind(&self) -> bool {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = self.next_reminder.load(Relaxed);
        let interval = REMINDER.as_millis() as u64;
        now >= next
            && self
                .next_reminder
                .compare_exchange(next, now + interval, Relaxed, Relaxed)
                .is_ok()
    }

    /// Asks connections that nobody uses to be given up.
    pub(super) fn crowded(&self) {
        self.signals.send_replace(Signal::Crowded);
    }

    /// Lets every connection go when its client has no use for it or knows of its end, so that none is
    /// closed under a request. Resolves when none is left, or with `patience`.
    pub(in crate::http) async fn retire(&self, patience: impl Future<Output = ()>) {
        self.signals.send_replace(Signal::Retire);
        tokio::select! {
            () = self.signals.closed() => {}
            () = patience => {}
        }
    }

    /// Lets every connection finish what it has begun; resolves when none is left.
    pub(in crate::http) async fn close(self) {
        self.signals.send_replace(Signal::Close);
        self.signals.closed().await;
    }
}
