//! A span for each remote call that PHP or the command line makes, by OpenTelemetry's conventions for
//! RPC. Goridge has no place for a context: each begins a trace of its own.

use std::{sync::Arc, time::SystemTime};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanBuilder, SpanKind, Status, Tracer as _},
};
use rr_core::rpc::Called;

use super::Tracing;

/// Hears of calls that are over.
pub(super) fn listener(tracing: &Arc<Tracing>) -> impl Fn(&Called) + Send + Sync + use<> {
    let tracing = Arc::clone(tracing);
    move |called| {
        let ended = SystemTime::now();
        let (service, method) = called.method.rsplit_once('.').unwrap_or_default();
        let span = SpanBuilder::from_name(called.method.clone())
            .with_kind(SpanKind::Server)
            .with_start_time(ended - called.took)
            .with_attributes([
                KeyValue::new("rpc.system", "goridge"),
                KeyValue::new("rpc.service", service.to_owned()),
                KeyValue::new("rpc.method", method.to_owned()),
            ]);
        let mut span = tracing.tracer.build_with_context(span, &Context::new());
        if let Some(error) = &called.error {
            span.set_attribute(KeyValue::new("error.type", "rpc_error"));
            span.set_status(Status::error(error.clone()));
        }
        span.end_with_timestamp(ended);
    }
}
