//! How slowly a client may send.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::BodyConfig;

/// A client that sends nothing, or next to nothing.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum TooSlow {
    #[error("nothing more of the request body came for {0:?}")]
    Silent(Duration),
    #[error("the request body came with less than {0} bytes a second")]
    Dripping(u32),
}

/// The time that is left to a client: a gap may be as long as it may be, and beyond the first
/// such span the whole has to come with a rate, or one byte a gap would do for ever.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Option<Duration>,
    rate: u32,
    began: Instant,
    last: Instant,
    came: u64,
}

impl Pace {
    pub(super) fn new(config: &BodyConfig) -> Self {
        let gap = Duration::from(config.timeout);
        let now = Instant::now();
        Self {
            gap: (!gap.is_zero()).then_some(gap),
            rate: config.min_rate,
            began: now,
            last: now,
            came: 0,
        }
    }

    pub(super) fn came(&mut self, bytes: usize) {
        self.came += bytes as u64;
        if self.gap.is_some() {
            self.last = Instant::now();
        }
    }

    /// Awaits what is to come in time.
    pub(super) async fn within<T>(&self, what: impl Future<Output = T>) -> Result<T, TooSlow> {
        let Some(gap) = self.gap else {
            return Ok(what.await);
        };
        let silent = self.last + gap;
        let (until, why) = match self.due(gap) {
            Some(due) if due < silent => (due, TooSlow::Dripping(self.rate)),
            _ => (silent, TooSlow::Silent(gap)),
        };
        timeout_at(until, what).await.map_err(|_elapsed| why)
    }

    /// When more has to have come than came so far; `None` where there is no such limit.
    fn due(&self, gap: Duration) -> Option<Instant> {
        let earned = Duration::from_secs(self.came.checked_div(self.rate.into())?);
        self.began.checked_add(gap + earned)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    /// Sends `bytes` each `every` seconds until it is stopped or an hour has gone.
    async fn check(
        timeout: u64,
        min_rate: u32,
        bytes: usize,
        every: u64,
        expected: Option<(u64, &str)>,
    ) {
        let mut pace = Pace::new(&BodyConfig {
            timeout: rr_core::config::Duration::from_secs(timeout),
            min_rate,
            ..BodyConfig::default()
        });
        let start = Instant::now();
        let stopped = loop {
            if let Err(error) = pace.within(sleep(Duration::from_secs(every))).await {
                break Some((start.elapsed().as_secs(), error.to_string()));
            }
            pace.came(bytes);
            if start.elapsed().as_secs() > 3600 {
                break None;
            }
        };
        assert_eq!(
            stopped.as_ref().map(|(at, why)| (*at, why.as_str())),
            expected
        );
    }

    #[tokio::test(start_paused = true)]
    async fn gaps_and_rates() {
        check(60, 240, 1000, 1, None).await;
        check(60, 240, 240, 1, None).await;
        check(60, 240, 12000, 50, None).await;
        check(0, 0, 1, 3000, None).await;
        check(60, 0, 1, 50, None).await;
        check(
            60,
            240,
            1,
            61,
            Some((60, "nothing more of the request body came for 60s")),
        )
        .await;
        let slow = "the request body came with less than 240 bytes a second";
        check(60, 240, 1, 7, Some((60, slow))).await;
        check(60, 240, 120, 1, Some((119, slow))).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_never_too_late() {
        let pace = Pace::new(&BodyConfig::default());
        sleep(Duration::from_secs(500)).await;
        assert!(pace.within(ready(())).await.is_ok());
        assert!(pace.within(pending::<()>()).await.is_err());
    }
}
