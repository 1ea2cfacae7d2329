//! Jaeger's own header for trace contexts, from before W3C's: `uber-trace-id`.
//!
//! `{trace id}:{span id}:{parent's span id}:{flags}`, numbers in hex
//! (<https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format>). It is among what
//! the Go server understands and hands on; no published crate has it for this version.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

const FIELD: &str = "uber-trace-id";

/// Reads and writes the header. A context that came in another one counts before it.
#[derive(Debug)]
pub(super) struct JaegerPropagator {
    fields: [String; 1],
}

impl JaegerPropagator {
    pub(super) fn new() -> Self {
        Self {
            fields: [FIELD.to_owned()],
        }
    }
}

impl TextMapPropagator for JaegerPropagator {
    fn inject_context(&self, context: &Context, to: &mut dyn Injector) {
        let span = context.span();
        let span = span.span_context();
        if span.is_valid() {
            let flags = u8::from(span.is_sampled());
            let (trace, id) = (span.trace_id(), span.span_id());
            to.set(FIELD, format!("{trace}:{id}:0:{flags}"));
        }
    }

    fn extract_with_context(&self, context: &Context, from: &dyn Extractor) -> Context {
        let has_one = context.span().span_context().is_valid();
        match from.get(FIELD).and_then(read) {
            Some(span) if !has_one => context.with_remote_span_context(span),
            _ => context.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// Some clients escape the colons.
fn read(text: &str) -> Option<SpanContext> {
    let text = text.trim().replace("%3A", ":").replace("%3a", ":");
    let mut parts = text.split(':');
    let mut part = || {
        parts
            .next()
            .filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    let trace = u128::from_str_radix(part()?, 16).ok()?;
    let span = u64::from_str_radix(part()?, 16).ok()?;
    let (_parent, flags) = (part()?, part()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    if parts.next().is_some() {
        return None;
    }
    let span = SpanContext::new(
        TraceId::from(trace),
        SpanId::from(span),
        flags,
        true,
        TraceState::default(),
    );
    span.is_valid().then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_may_be_short_and_colons_escaped() {
        let span = read("1f:2:0:1").unwrap();
        assert_eq!(span.trace_id(), TraceId::from(0x1f));
        assert_eq!(span.span_id(), SpanId::from(2));
        assert!(span.is_sampled() && span.is_remote());
        assert!(!read("1f%3A2%3A0%3A0").unwrap().is_sampled());
        for text in [
            "",
            "1:2:0",
            "1:2:0:1:5",
            "x:2:0:1",
            "0:2:0:1",
            "1:0:0:1",
            "+1:2:0:1",
            ":::",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
