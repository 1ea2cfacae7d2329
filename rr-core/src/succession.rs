//! One process that takes the place of another, without a client that notices: what services know of it.

use std::{collections::BTreeSet, future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::lifecycle::Stop;

/// The names of services that run.
pub(crate) type Names = BTreeSet<String>;

/// How this process relates to the one before it and to the one after it.
///
/// While a successor starts, both processes run. Only one accepts connections: the predecessor
/// until all services of the successor are ready, then the successor. The predecessor finishes what it has
/// begun and ends. A service that must not run twice meanwhile waits for its [`turn`](Self::turn).
#[derive(Clone, Debug, Default)]
pub struct Succession(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// What runs there; `None` until it has handed over. The channel is closed when that process is gone.
    predecessor: Option<watch::Receiver<Option<Names>>>,
    /// What runs here.
    running: watch::Sender<Names>,
    /// Until when connections may be used that were accepted here.
    patience: watch::Sender<Option<Instant>>,
    hurried: Stop,
}

impl Succession {
    /// That of a process which `predecessor` tells of its services.
    #[cfg_attr(
        not(any(unix, test)),
        expect(dead_code, reason = "there is no predecessor")
    )]
    pub(crate) fn after(predecessor: watch::Receiver<Option<Names>>) -> Self {
        Self(Arc::new(Inner {
            predecessor: Some(predecessor),
            ..Inner::default()
        }))
    }

    /// Whether another process serves, or served, what this one was started to take over.
    #[must_use]
    pub fn has_predecessor(&self) -> bool {
        self.0.predecessor.is_some()
    }

    /// Resolves when the service of this name has ended in the predecessor; at once where there is
    /// none. Release [`Running::ready`](crate::Running) before: the predecessor ends its services only when all here
    /// are ready.
    pub async fn turn(&self, service: &str) {
        let Some(predecessor) = &self.0.predecessor else {
            return;
        };
        let is_over =
            |names: &Option<Names>| names.as_ref().is_some_and(|it| !it.contains(service));
        // An error says that the process itself is gone.
        predecessor.clone().wait_for(is_over).await.ok();
    }

    /// Whether a successor has taken over. A service that is told to [stop](crate::Running) then may take its time
    /// with what it has begun, up to the end of its [`patience`](Self::patience).
    #[must_use]
    pub fn is_handed_over(&self) -> bool {
        self.0.patience.borrow().is_some()
    }

    /// Resolves when clients have had the time to finish (`endure.drain_timeout`), or when this process is told to
    /// stop all the same; never, where no successor has taken over.
    pub async fn patience(&self) {
        let mut patience = self.0.patience.subscribe();
        let over = async {
            let until = patience.wait_for(Option::is_some).await.map(|it| *it);
            match until {
                Ok(Some(until)) => sleep_until(until).await,
                _ => pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            () = self.0.hurried.cancelled() => {}
        }
    }

    /// A successor has taken over; clients have `drain` to finish.
    #[cfg_attr(
        not(any(unix, test)),
        expect(dead_code, reason = "there is no successor")
    )]
    pub(crate) fn hand_over(&self, drain: Duration) {
        self.0.patience.send_replace(Some(Instant::now() + drain));
    }

    /// Ends the patience of a process that was succeeded; `false` where it had ended already.
    pub(crate) fn hurry(&self) -> bool {
        let is_first = self.is_handed_over() && !self.0.hurried.is_cancelled();
        if is_first {
            self.0.hurried.cancel();
        }
        is_first
    }

    /// A service runs here.
    pub(crate) fn began(&self, service: &str) {
        let running = &self.0.running;
        running.send_if_modified(|it| it.insert(service.to_owned()));
    }

    /// A service has ended here.
    pub(crate) fn ended(&self, service: &str) {
        self.0.running.send_if_modified(|it| it.remove(service));
    }

    /// What runs here, and each change of that.
    #[cfg_attr(
        not(any(unix, test)),
        expect(dead_code, reason = "there is no successor to tell")
    )]
    pub(crate) fn running(&self) -> watch::Receiver<Names> {
        self.0.running.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::{sync::watch, time::Instant};

    use super::{Names, Succession};

    fn names(names: &[&str]) -> Option<Names> {
        Some(names.iter().map(|&it| it.to_owned()).collect())
    }

    #[tokio::test]
    async fn a_turn_comes_when_the_predecessors_service_has_ended() {
        let first = Succession::default();
        assert!(!first.has_predecessor());
        assert!(first.turn("service").now_or_never().is_some());

        let (told, heard) = watch::channel(None);
        let second = Succession::after(heard);
        assert!(second.turn("service").now_or_never().is_none(), "not known");
        told.send(names(&["http", "service"])).unwrap();
        assert!(second.turn("service").now_or_never().is_none(), "it runs");
        assert!(second.turn("lock").now_or_never().is_some(), "not there");
        told.send(names(&["http"])).unwrap();
        assert!(second.turn("service").now_or_never().is_some(), "ended");
        assert!(second.turn("http").now_or_never().is_none());
        drop(told);
        assert!(second.turn("http").now_or_never().is_some(), "gone");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends_with_its_time_or_by_order() {
        let one = Succession::default();
        assert!(!one.hurry(), "nobody has taken over");
        assert!(one.patience().now_or_never().is_none());
        one.hand_over(Duration::from_secs(60));
        assert!(one.is_handed_over());
        let begun = Instant::now();
        one.patience().await;
        assert_eq!(begun.elapsed().as_secs(), 60);

        let other = Succession::default();
        other.hand_over(Duration::from_secs(60));
        assert!(other.hurry());
        assert!(!other.hurry(), "once");
        assert!(other.patience().now_or_never().is_some());
    }

    #[test]
    fn what_runs_is_told() {
        let one = Succession::default();
        let running = one.running();
        one.began("http");
        one.began("service");
        one.ended("http");
        assert_eq!(Some(running.borrow().clone()), names(&["service"]));
    }
}
