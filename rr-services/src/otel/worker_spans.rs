//! The workers' part in a request: the wait for one, and its work.
//!
//! Both are told once they are over, from what PHP's end of the stack left in the response: while
//! nobody traces, that costs nothing.

use std::time::{Duration, Instant, SystemTime};

use axum::response::Response;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanBuilder, Status, Tracer as _},
};
use opentelemetry_sdk::trace::SdkTracer;

use crate::http::{Served, Unserved};

/// The wait for a worker.
const WAIT: &str = "worker wait";

/// A worker's own time, to the first part of its answer where it streams.
const WORK: &str = "worker";

/// The longest reason that is told, in bytes; that of an application is a whole stack trace.
const LONGEST: usize = 4096;

/// Adds the spans to that of `request`. One without a wait is none.
pub(super) fn add(tracer: &SdkTracer, request: &Context, response: &Response) {
    let extensions = response.extensions();
    let spans = Spans { tracer, request };
    if let Some(served) = extensions.get::<Served>() {
        if !served.queued.is_zero() {
            spans.add(WAIT, served.asked, served.queued, vec![], None);
        }
        let mut about = vec![worker(served.pid)];
        if served.repeats > 0 {
            about.push(KeyValue::new("rr.repeats", i64::from(served.repeats)));
        }
        // Behind the wait, and behind workers that were lost.
        spans.add(WORK, served.began, served.worked, about, None);
    } else if let Some(unserved) = extensions.get::<Unserved>() {
        let name = if unserved.begun { WORK } else { WAIT };
        let about = unserved.pid.map(worker).into_iter().collect();
        let why = Some(&*unserved.why);
        spans.add(name, unserved.asked, unserved.took, about, why);
    }
}

fn worker(pid: u32) -> KeyValue {
    KeyValue::new("rr.worker.pid", i64::from(pid))
}

struct Spans<'a> {
    tracer: &'a SdkTracer,
    request: &'a Context,
}

impl Spans<'_> {
    fn add(
        &self,
        name: &'static str,
        begun: Instant,
        took: Duration,
        about: Vec<KeyValue>,
        error: Option<&str>,
    ) {
        let begun = SystemTime::now() - begun.elapsed();
        let span = SpanBuilder::from_name(name)
            .with_start_time(begun)
            .with_attributes(about);
        let mut span = self.tracer.build_with_context(span, self.request);
        if let Some(why) = error {
            let end = why.floor_char_boundary(LONGEST);
            span.set_status(Status::error(why[..end].to_owned()));
        }
        span.end_with_timestamp(begun + took);
    }
}
