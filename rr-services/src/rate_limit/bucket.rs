//! Token buckets, each kept as the one number of the generic cell rate algorithm: the time at
//! which it will be full again.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use tokio::time::Instant;

/// How a bucket fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Nanoseconds for one token.
    interval: u64,
    burst: u32,
}

/// What a bucket holds after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) burst: u32,
    pub(super) left: u32,
    /// Until it is full.
    pub(super) full: Duration,
    /// The request does not fit; until it would.
    pub(super) wait: Option<Duration>,
}

/// The buckets of all clients, a limited number.
///
/// Where there are more, those that were asked for rarely are forgotten: a flood of new clients
/// does not wash away the memory of one that floods.
pub(super) struct Buckets {
    /// When each is full, in nanoseconds since `epoch`.
    full_at: Cache<u128, Arc<AtomicU64>>,
    epoch: Instant,
}

impl Rate {
    /// `None` where there is less than a nanosecond for a request, or more than a year to fill.
    pub(super) fn new(requests: NonZeroU32, per: Duration, burst: NonZeroU32) -> Option<Self> {
        const YEAR: u64 = 366 * 24 * 3600 * 1_000_000_000;
        let interval = per.as_nanos() / u128::from(requests.get());
        let interval = u64::try_from(interval).ok().filter(|it| *it > 0)?;
        let burst = burst.get();
        let refill = interval.checked_mul(burst.into())?;
        (refill <= YEAR).then_some(Self { interval, burst })
    }

    /// How long an empty bucket takes to be full.
    pub(super) fn refill(&self) -> Duration {
        Duration::from_nanos(self.interval * u64::from(self.burst))
    }
}

impl Buckets {
    /// At most `most` buckets; one that was not touched for `idle` is full, and so forgotten.
    pub(super) fn new(most: u64, idle: Duration) -> Self {
        let idle = idle.max(Duration::from_secs(1));
        Self {
            full_at: Cache::builder()
                .max_capacity(most)
                .time_to_idle(idle)
                .build(),
            epoch: Instant::now(),
        }
    }

    /// Takes a token out of the bucket, if there is one.
    pub(super) fn take(&self, key: u128, rate: &Rate) -> Level {
        let now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let bucket = self.full_at.get_with(key, Arc::default);
        let refill = rate.interval * u64::from(rate.burst);
        let mut wait = None;
        let taken = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let full_at = full_at.max(now) + rate.interval;
            let over = (full_at - now).saturating_sub(refill);
            wait = (over > 0).then(|| Duration::from_nanos(over));
            wait.is_none().then_some(full_at)
        });
        let full_at = taken.map_or_else(|kept| kept, |before| before.max(now) + rate.interval);
        let full = full_at.saturating_sub(now);
        let left = refill.saturating_sub(full) / rate.interval;
        Level {
            burst: rate.burst,
            left: u32::try_from(left).unwrap_or(rate.burst),
            full: Duration::from_nanos(full),
            wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn rate(requests: u32, per: Duration, burst: u32) -> Option<Rate> {
        let some = |it| NonZeroU32::new(it).unwrap();
        Rate::new(some(requests), per, some(burst))
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_emptied_and_fills_again() {
        let rate = rate(10, Duration::from_secs(1), 3).unwrap();
        let buckets = Buckets::new(10, rate.refill());
        let left = || {
            let level = buckets.take(1, &rate);
            level.wait.is_none().then_some(level.left)
        };
        assert_eq!(
            [left(), left(), left(), left()],
            [Some(2), Some(1), Some(0), None]
        );
        let level = buckets.take(1, &rate);
        assert_eq!(level.wait, Some(Duration::from_millis(100)));
        assert_eq!(level.full, Duration::from_millis(300));
        assert_eq!(buckets.take(2, &rate).left, 2);
        advance(Duration::from_millis(99)).await;
        assert_eq!(left(), None);
        advance(Duration::from_millis(1)).await;
        assert_eq!([left(), left()], [Some(0), None]);
        advance(Duration::from_secs(60)).await;
        assert_eq!(
            [left(), left(), left(), left()],
            [Some(2), Some(1), Some(0), None]
        );
    }

    #[test]
    fn rates_that_cannot_be_kept_are_none() {
        assert_eq!(rate(1, Duration::ZERO, 1), None);
        assert_eq!(rate(10, Duration::from_nanos(9), 1), None);
        assert_eq!(rate(1, Duration::from_secs(3600), u32::MAX), None);
        assert_eq!(rate(1, Duration::MAX, 1), None);
        assert!(rate(1, Duration::from_secs(24 * 3600), 100).is_some());
    }

    #[test]
    fn the_number_of_buckets_is_limited() {
        let rate = rate(1, Duration::from_secs(60), 5).unwrap();
        let buckets = Buckets::new(100, rate.refill());
        for key in 0..10_000 {
            buckets.take(key, &rate);
        }
        buckets.full_at.run_pending_tasks();
        assert!(buckets.full_at.entry_count() <= 100);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_at_once_get_no_more_than_there_is() {
        let rate = rate(1, Duration::from_secs(3600), 50).unwrap();
        let buckets = Arc::new(Buckets::new(10, rate.refill()));
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let buckets = Arc::clone(&buckets);
                tokio::spawn(async move {
                    let levels = (0..50).map(|_| buckets.take(7, &rate));
                    levels.filter(|it| it.wait.is_none()).count()
                })
            })
            .collect();
        let mut got = 0;
        for taker in takers {
            got += taker.await.unwrap();
        }
        assert_eq!(got, 50);
    }
}
