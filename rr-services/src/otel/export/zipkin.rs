//! Zipkin's JSON, version 2 (<https://zipkin.io/zipkin-api/#/default/post_spans>).

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use serde::Serialize;

use super::{Failure, post::Post};
use crate::otel::target::Destination;

/// Sends to one address.
pub(in crate::otel) struct Zipkin(Post);

impl Zipkin {
    pub(super) fn new(to: &Destination) -> Result<Self, String> {
        Ok(Self(Post::new(to, "application/json")?))
    }

    pub(super) async fn export(&self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let spans = spans(batch);
        let body = serde_json::to_vec(&spans).map_err(|it| Failure::refused(it.to_string()))?;
        self.0.send(body).await.map(|_| ())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ZipkinSpan<'a> {
    trace_id: String,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// In microseconds.
    timestamp: u64,
    /// In microseconds, at least one.
    duration: u64,
    local_endpoint: LocalEndpoint<'a>,
    tags: BTreeMap<&'a str, String>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LocalEndpoint<'a> {
    service_name: &'a str,
}

fn spans(batch: &ExportTraceServiceRequest) -> Vec<ZipkinSpan<'_>> {
    let mut spans = Vec::new();
    for from in &batch.resource_spans {
        let attributes = from.resource.iter().flat_map(|it| &it.attributes);
        let name = attributes.clone().find(|it| it.key == "service.name");
        let service_name = name.and_then(text).unwrap_or_default();
        for span in from.scope_spans.iter().flat_map(|it| &it.spans) {
            spans.push(zipkin_span(span, service_name));
        }
    }
    spans
}

fn zipkin_span<'a>(span: &'a Span, service_name: &'a str) -> ZipkinSpan<'a> {
    let tags = span.attributes.iter();
    let mut tags: BTreeMap<_, _> = tags
        .map(|it| (&*it.key, shown(it.value.as_ref())))
        .collect();
    if let Some(status) = &span.status
        && status.code() == StatusCode::Error
    {
        tags.insert("otel.status_code", "ERROR".to_owned());
        tags.insert("error", status.message.clone());
    }
    let took = span
        .end_time_unix_nano
        .saturating_sub(span.start_time_unix_nano);
    ZipkinSpan {
        trace_id: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent_id: (!span.parent_span_id.is_empty()).then(|| hex(&span.parent_span_id)),
        name: &span.name,
        kind: match span.kind() {
            SpanKind::Server => Some("SERVER"),
            SpanKind::Client => Some("CLIENT"),
            SpanKind::Producer => Some("PRODUCER"),
            SpanKind::Consumer => Some("CONSUMER"),
            SpanKind::Internal | SpanKind::Unspecified => None,
        },
        timestamp: span.start_time_unix_nano / 1000,
        duration: (took / 1000).max(1),
        local_endpoint: LocalEndpoint { service_name },
        tags,
    }
}

fn text(attribute: &KeyValue) -> Option<&str> {
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Tags are texts.
fn shown(value: Option<&AnyValue>) -> String {
    match value.and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(it)) => it.clone(),
        Some(Value::BoolValue(it)) => it.to_string(),
        Some(Value::IntValue(it)) => it.to_string(),
        Some(Value::DoubleValue(it)) => it.to_string(),
        // Our spans have no others.
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
