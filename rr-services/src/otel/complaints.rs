//! What the log says of deliveries: the first failure at once, then once in a while.

use std::time::Duration;

use tokio::time::Instant;

use super::{export::Failure, queue::Lost};

/// How often the log repeats that traces cannot be delivered.
const INTERVAL: Duration = Duration::from_secs(60);

/// The log's view of one exporter.
#[derive(Debug)]
pub(super) struct Complaints {
    /// Where traces go.
    to: String,
    /// When a failure was logged; `None` while all is well.
    told: Option<Instant>,
}

impl Complaints {
    pub(super) fn new(to: String) -> Self {
        Self { to, told: None }
    }

    /// An attempt failed. The count of what was lost is taken where it is told.
    pub(super) fn failed(&mut self, failure: &Failure, lost: &Lost) {
        if self.told.is_some_and(|it| it.elapsed() < INTERVAL) {
            return;
        }
        self.told = Some(Instant::now());
        let (to, lost, Failure { message, help, .. }) = (&self.to, lost.take(), failure);
        tracing::warn!(target: "otel", lost_spans = lost, "traces cannot be sent to {to}: {message}; help: {help}");
    }

    /// A batch arrived; `lost` are spans that did not.
    pub(super) fn delivered(&mut self, lost: u64) {
        let to = &self.to;
        match (self.told.take(), lost) {
            (Some(_), _) => {
                tracing::info!(target: "otel", lost_spans = lost, "traces are sent to {to} again");
            }
            (None, 0) => {}
            (None, _) => self.overrun(lost),
        }
    }

    /// The end; `lost` are spans that nobody has told of.
    pub(super) fn farewell(&mut self, lost: u64) {
        if lost > 0 {
            let to = &self.to;
            tracing::warn!(target: "otel", lost_spans = lost, "the server stops before all traces were sent to {to}");
        }
    }

    /// The exporter is well, but too slow for what comes.
    fn overrun(&self, lost: u64) {
        let to = &self.to;
        tracing::warn!(
            target: "otel",
            lost_spans = lost,
            "traces come faster than {to} takes them; help: keep a share of them by `OTEL_TRACES_SAMPLER=parentbased_traceidratio`, or give them more room by `OTEL_BSP_MAX_QUEUE_SIZE`",
        );
    }
}
