//! Waits until changes are over: pure, but for the clock that it is told.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tokio::time::Instant;

/// Files that go on changing are waited for this many intervals, and no longer.
const PATIENCE: u32 = 10;

/// The changes that wait, by service.
#[derive(Debug)]
pub(super) struct Quiet {
    interval: Duration,
    waiting: BTreeMap<usize, Changes>,
}

/// What has changed for one service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changes {
    /// One of the files; none where changes were lost.
    pub(super) path: Option<PathBuf>,
    /// How many changes there were.
    pub(super) count: usize,
    first: Instant,
    last: Instant,
}

impl Quiet {
    pub(super) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            waiting: BTreeMap::new(),
        }
    }

    /// A file of `service` has changed.
    pub(super) fn note(&mut self, service: usize, path: Option<PathBuf>, now: Instant) {
        let changes = self.waiting.entry(service).or_insert(Changes {
            path: None,
            count: 0,
            first: now,
            last: now,
        });
        changes.path = changes.path.take().or(path);
        changes.count += 1;
        changes.last = now;
    }

    /// When the changes of a service are over; of those that `may` be acted upon.
    pub(super) fn next(&self, may: impl Fn(usize) -> bool) -> Option<Instant> {
        let ready = self.waiting.iter().filter(|(service, _)| may(**service));
        ready.map(|(_, it)| self.over(it)).min()
    }

    /// The changes that are over.
    pub(super) fn take(
        &mut self,
        now: Instant,
        may: impl Fn(usize) -> bool,
    ) -> Vec<(usize, Changes)> {
        let interval = self.interval;
        let over = |service: &usize, it: &mut Changes| may(*service) && over(it, interval) <= now;
        self.waiting.extract_if(.., over).collect()
    }

    fn over(&self, changes: &Changes) -> Instant {
        over(changes, self.interval)
    }
}

fn over(changes: &Changes, interval: Duration) -> Instant {
    (changes.last + interval).min(changes.first + interval * PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn changes_are_acted_upon_when_they_are_over() {
        let start = Instant::now();
        let mut quiet = Quiet::new(SECOND);
        assert_eq!(quiet.next(|_| true), None);
        quiet.note(0, None, start);
        quiet.note(0, Some("a".into()), start + SECOND / 2);
        quiet.note(0, Some("b".into()), start + SECOND / 2);
        quiet.note(1, Some("c".into()), start);
        assert_eq!(quiet.next(|_| true), Some(start + SECOND));
        assert_eq!(quiet.next(|it| it == 0), Some(start + SECOND * 3 / 2));
        let taken = quiet.take(start + SECOND, |_| true);
        assert_eq!(taken.iter().map(|it| it.0).collect::<Vec<_>>(), [1]);
        // It is being reset: what has changed meanwhile waits.
        assert!(quiet.take(start + 9 * SECOND, |_| false).is_empty());
        let taken = quiet.take(start + 9 * SECOND, |_| true);
        assert_eq!(
            (taken[0].1.path.clone(), taken[0].1.count),
            (Some("a".into()), 3)
        );
        assert_eq!(quiet.next(|_| true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_ends_is_not_waited_for_for_ever() {
        let start = Instant::now();
        let mut quiet = Quiet::new(SECOND);
        for at in 0..100 {
            quiet.note(0, None, start + SECOND * at / 2);
        }
        assert_eq!(quiet.next(|_| true), Some(start + 10 * SECOND));
    }
}
