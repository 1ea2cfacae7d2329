//! Sends spans in batches until the stop, and what is left then: no request ever waits for it.

#[cfg(test)]
mod tests;

use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::trace::SpanData;
use rr_core::lifecycle::Stop;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    complaints::Complaints,
    environment::Environment,
    export::{Again, Failure},
    queue::Lost,
};

/// How long a batch is kept that cannot be delivered.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause after a first failure; it doubles with each further one.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause, also where the other side asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long the stop waits for what is left: of the grace period the workers need their share.
const FAREWELL: Duration = Duration::from_secs(5);

/// Somebody who takes spans.
pub(super) trait Export: Send + Sync {
    /// Hands a batch over, once.
    fn export(
        &self,
        batch: &ExportTraceServiceRequest,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// How spans are gathered; the variables and defaults are those of the specification's batch
/// processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batching {
    /// Spans in the queue at most.
    pub(super) queue: usize,
    /// Spans in a batch at most.
    batch: usize,
    /// How long a span waits for others.
    delay: Duration,
    /// How long one attempt may take.
    timeout: Duration,
}

impl Batching {
    /// # Errors
    /// When a variable is no number, or 0 where that makes no sense.
    pub(super) fn new(environment: &Environment<'_>, timeout: Duration) -> Result<Self, String> {
        let count = |name, default| match environment.number(&[name])? {
            Some(0) => Err(format!(
                "the variable `{name}` is 0, at least 1 is expected"
            )),
            // So that a slip takes no memory.
            given => Ok(given.unwrap_or(default).min(1 << 20) as usize),
        };
        let queue = count("OTEL_BSP_MAX_QUEUE_SIZE", 2048)?;
        let delay = environment.number(&["OTEL_BSP_SCHEDULE_DELAY"])?;
        Ok(Self {
            queue,
            batch: count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)?.min(queue),
            delay: Duration::from_millis(delay.unwrap_or(5000)),
            timeout,
        })
    }
}

/// What becomes of spans once they are in the queue.
pub(super) struct Delivery<E> {
    pub(super) exporter: E,
    pub(super) batching: Batching,
    pub(super) resource: ResourceAttributesWithSchema,
    pub(super) spans: mpsc::Receiver<SpanData>,
    pub(super) lost: Lost,
    pub(super) complaints: Complaints,
}

/// A batch on its way, and how many spans are in it.
struct Batch {
    request: ExportTraceServiceRequest,
    count: usize,
}

impl<E: Export> Delivery<E> {
    /// Runs until `stop`, and then until all is sent, or has failed, or time is up.
    pub(super) async fn run(mut self, stop: &Stop) {
        let overdue = async {
            stop.cancelled().await;
            sleep(FAREWELL).await;
        };
        let in_hand = AtomicUsize::new(0);
        tokio::select! {
            () = self.work(stop, &in_hand) => {}
            () = overdue => {}
        }
        self.lost.add(in_hand.into_inner() + self.spans.len());
        self.complaints.farewell(self.lost.take());
    }

    /// `in_hand` are the spans that have left the queue and not arrived.
    async fn work(&mut self, stop: &Stop, in_hand: &AtomicUsize) {
        let mut gathered = Vec::new();
        loop {
            let is_stopping = tokio::select! {
                biased;
                () = stop.cancelled() => true,
                () = self.gather(&mut gathered) => false,
            };
            if is_stopping {
                // No further one gets in, and those that are there come out.
                self.spans.close();
                let missing = self.batching.batch.saturating_sub(gathered.len());
                if missing > 0 {
                    self.spans.recv_many(&mut gathered, missing).await;
                }
            }
            if gathered.is_empty() {
                return;
            }
            let batch = self.batch(std::mem::take(&mut gathered));
            in_hand.store(batch.count, Ordering::Relaxed);
            self.deliver(&batch, stop).await;
            in_hand.store(0, Ordering::Relaxed);
        }
    }

    /// Fills the batch, as far as spans come in time. What it has, it keeps if it is dropped.
    async fn gather(&mut self, batch: &mut Vec<SpanData>) {
        let most = self.batching.batch;
        if batch.is_empty() && self.spans.recv_many(batch, most).await == 0 {
            // Nobody is left who could send one.
            return std::future::pending().await;
        }
        let until = Instant::now() + self.batching.delay;
        while batch.len() < most {
            let missing = most - batch.len();
            match timeout_at(until, self.spans.recv_many(batch, missing)).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn batch(&self, spans: Vec<SpanData>) -> Batch {
        let count = spans.len();
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let request = ExportTraceServiceRequest { resource_spans };
        Batch { request, count }
    }

    /// Tries until it is delivered, or there is no use in it; after the stop once. An attempt that
    /// is under way then goes on, lest a collector gets the same twice.
    async fn deliver(&mut self, batch: &Batch, stop: &Stop) {
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            let is_last = stop.is_cancelled();
            let Err(failure) = self.attempt(&batch.request).await else {
                self.complaints.delivered(self.lost.take());
                return;
            };
            let wait = match failure.again {
                Again::Never => None,
                Again::Soon => Some(pause),
                Again::After(asked) => Some(asked.max(pause).min(LONGEST_PAUSE)),
            };
            let wait = wait.filter(|it| !is_last && begun.elapsed() + *it <= PATIENCE);
            if wait.is_none() {
                self.lost.add(batch.count);
            }
            self.complaints.failed(&failure, &self.lost);
            let Some(wait) = wait else {
                return;
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = stop.cancelled() => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, request: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let limit = self.batching.timeout;
        match timeout(limit, self.exporter.export(request)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(Failure::too_slow(limit)),
        }
    }
}
