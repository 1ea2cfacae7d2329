//! Spans that ended, on their way to whoever sends them: a queue that never makes anybody wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::sync::mpsc;

/// How many spans were lost since somebody asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost(Arc<AtomicU64>);

/// The end of the queue that spans are put into.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    lost: Lost,
}

/// A queue for so many spans; those that find no room are lost, and counted.
pub(super) fn queue(room: usize) -> (Queue, mpsc::Receiver<SpanData>, Lost) {
    let (spans, received) = mpsc::channel(room);
    let lost = Lost::default();
    let queue = Queue {
        spans,
        lost: lost.clone(),
    };
    (queue, received, lost)
}

impl Lost {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The count, which begins anew.
    pub(super) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.lost.add(1);
        }
    }

    /// What is in the queue is sent by whoever holds its other end.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
