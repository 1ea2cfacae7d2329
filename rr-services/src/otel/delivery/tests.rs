//! Deliveries in simulated time, to somebody who is well, down, slow, or takes nothing.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks, SpanProcessor as _};
use tokio::{task::JoinHandle, time::advance};

use super::*;
use crate::otel::queue::{Queue, queue};

/// How one attempt ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Taken,
    Later,
    Refused,
    Never,
}

/// Whoever takes spans: each attempt ends as the next of `ends` says, or else the last one.
#[derive(Clone)]
struct Fake {
    ends: Arc<Mutex<VecDeque<End>>>,
    attempts: Arc<Mutex<Vec<(Duration, usize)>>>,
    begun: Instant,
}

impl Export for Fake {
    async fn export(&self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let spans = batch.resource_spans.iter().flat_map(|it| &it.scope_spans);
        let count = spans.map(|it| it.spans.len()).sum();
        let attempt = (self.begun.elapsed(), count);
        self.attempts.lock().unwrap().push(attempt);
        let end = {
            let mut ends = self.ends.lock().unwrap();
            match ends.len() {
                1 => ends[0],
                _ => ends.pop_front().unwrap(),
            }
        };
        let failure = |again| {
            Err(Failure {
                message: "on purpose".into(),
                help: "none",
                again,
            })
        };
        match end {
            End::Taken => Ok(()),
            End::Later => failure(Again::Soon),
            End::Refused => failure(Again::Never),
            End::Never => std::future::pending().await,
        }
    }
}

struct Running {
    queue: Queue,
    lost: Lost,
    fake: Fake,
    stop: Stop,
    task: JoinHandle<()>,
}

fn start(ends: &[End]) -> Running {
    let (queue, spans, lost) = queue(8);
    let fake = Fake {
        ends: Arc::new(Mutex::new(ends.iter().copied().collect())),
        attempts: Arc::default(),
        begun: Instant::now(),
    };
    let delivery = Delivery {
        exporter: fake.clone(),
        batching: Batching {
            queue: 8,
            batch: 4,
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        },
        resource: ResourceAttributesWithSchema::default(),
        spans,
        lost: lost.clone(),
        complaints: Complaints::new("nobody".into()),
    };
    let stop = Stop::new();
    let stopped = stop.clone();
    Running {
        queue,
        lost,
        fake,
        stop,
        task: tokio::spawn(async move { delivery.run(&stopped).await }),
    }
}

impl Running {
    fn put(&self, count: usize) {
        for _ in 0..count {
            self.queue.on_end(span());
        }
    }

    /// When attempts were made, in seconds, and with how many spans.
    fn attempts(&self) -> Vec<(u64, usize)> {
        let attempts = self.fake.attempts.lock().unwrap();
        attempts
            .iter()
            .map(|(at, count)| (at.as_secs(), *count))
            .collect()
    }
}

fn span() -> SpanData {
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Server,
        name: "GET".into(),
        start_time: std::time::UNIX_EPOCH,
        end_time: std::time::UNIX_EPOCH,
        attributes: vec![],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("test").build(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_goes_when_it_is_full_or_old() {
    let running = start(&[End::Taken]);
    running.put(5);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(running.attempts(), [(0, 4)]);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(running.attempts(), [(0, 4), (5, 1)]);
}

#[tokio::test(start_paused = true)]
async fn the_stop_sends_what_is_left_at_once() {
    let running = start(&[End::Taken]);
    running.put(7);
    running.stop.cancel();
    running.task.await.unwrap();
    let attempts = running.fake.attempts.lock().unwrap();
    assert_eq!(attempts.iter().map(|it| it.1).sum::<usize>(), 7);
    assert!(attempts.iter().all(|it| it.0.is_zero()));
    assert_eq!(running.lost.take(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_with_growing_pauses_for_a_minute() {
    let running = start(&[End::Later]);
    running.put(4);
    sleep(Duration::from_secs(100)).await;
    let at: Vec<_> = running.attempts().iter().map(|it| it.0).collect();
    assert_eq!(at, [0, 1, 3, 7, 15, 31]);
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_sent_again() {
    let running = start(&[End::Refused, End::Taken]);
    running.put(8);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(running.attempts(), [(0, 4), (0, 4)]);
}

#[tokio::test(start_paused = true)]
async fn who_is_down_costs_no_memory_and_is_sent_the_rest_when_he_is_back() {
    let running = start(&[End::Later, End::Later, End::Taken]);
    running.put(4);
    sleep(Duration::from_millis(100)).await;
    running.put(1000);
    assert_eq!(running.lost.take(), 992);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(running.attempts(), [(0, 4), (1, 4), (3, 4), (3, 4), (3, 4)]);
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_does_not_hold_up_the_stop() {
    let running = start(&[End::Never]);
    running.put(8);
    advance(Duration::from_secs(1)).await;
    let asked = Instant::now();
    running.stop.cancel();
    running.task.await.unwrap();
    assert_eq!(asked.elapsed().as_secs(), FAREWELL.as_secs());
}
