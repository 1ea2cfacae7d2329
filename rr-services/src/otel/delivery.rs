//! Sends spans in batches until the stop, and what is left then: no request ever waits for it.

#[cfg(test)]
mod tests;

use std::{future::Future, time::Duration};

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

impl<E: Export> Delivery<E> {
    /// Runs until `stop`, and then until all is sent, or has failed, or time is up.
    pub(super) async fn run(mut self, stop: &Stop) {
        let mut batch = Vec::new();
        let mut unsent = None;
        while unsent.is_none() {
            tokio::select! {
                () = self.gather(&mut batch) => {}
                () = stop.cancelled() => break,
            }
            let (count, request) = self.request(std::mem::take(&mut batch));
            tokio::select! {
                () = self.deliver(count, &request) => {}
                () = stop.cancelled() => unsent = Some((count, request)),
            }
        }
        if timeout(FAREWELL, self.flush(batch, unsent)).await.is_err() {
            self.lost.add(self.spans.len());
        }
        self.complaints.farewell(self.lost.take());
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

    fn request(&self, batch: Vec<SpanData>) -> (usize, ExportTraceServiceRequest) {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        (count, ExportTraceServiceRequest { resource_spans })
    }

    /// Tries until it is delivered, or there is no use in it.
    async fn deliver(&mut self, count: usize, request: &ExportTraceServiceRequest) {
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            let Err(failure) = self.attempt(request).await else {
                self.complaints.delivered(self.lost.take());
                return;
            };
            let wait = match failure.again {
                Again::Never => None,
                Again::Soon => Some(pause),
                Again::After(asked) => Some(asked.max(pause).min(LONGEST_PAUSE)),
            };
            let wait = wait.filter(|it| begun.elapsed() + *it <= PATIENCE);
            if wait.is_none() {
                self.lost.add(count);
            }
            self.complaints.failed(&failure, &self.lost);
            let Some(wait) = wait else {
                return;
            };
            sleep(wait).await;
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

    /// Everything that is left, each batch once.
    async fn flush(
        &mut self,
        mut batch: Vec<SpanData>,
        mut unsent: Option<(usize, ExportTraceServiceRequest)>,
    ) {
        // No further one gets in, and those that are there come out.
        self.spans.close();
        loop {
            let (count, request) = match unsent.take() {
                Some(unsent) => unsent,
                None => {
                    let missing = self.batching.batch.saturating_sub(batch.len());
                    if missing > 0 {
                        self.spans.recv_many(&mut batch, missing).await;
                    }
                    if batch.is_empty() {
                        return;
                    }
                    self.request(std::mem::take(&mut batch))
                }
            };
            // Counted before, in case that time is up meanwhile.
            self.lost.add(count);
            match self.attempt(&request).await {
                Ok(()) => self.lost.found(count),
                Err(failure) => self.complaints.failed(&failure, &self.lost),
            }
        }
    }
}
