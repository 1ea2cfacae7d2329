//! The section `otel`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::endpoint::Endpoint;
use crate::{header_fields::HeaderFields, parsed::Parsed};

/// Traces of requests, workers and remote calls, sent to whoever understands OpenTelemetry.
///
/// What is not set here is taken from the variables that OpenTelemetry defines, such as
/// `OTEL_EXPORTER_OTLP_ENDPOINT`. Name `otel` in `http.middleware` to trace requests.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OtelConfig {
    /// What each trace says of this server.
    pub(super) resource: ResourceConfig,
    /// An older place of `resource.service_name`.
    #[schemars(extend("deprecated" = true))]
    pub(super) service_name: Option<String>,
    /// An older place of `resource.service_version`.
    #[schemars(extend("deprecated" = true))]
    pub(super) service_version: Option<String>,
    /// An `endpoint` without a scheme is spoken to in plain text. By default it is TLS.
    pub(super) insecure: bool,
    /// Traces are sent compressed, by gzip.
    pub(super) compress: bool,
    /// Where traces go: `otlp` and `zipkin` send them, `stdout` and `stderr` print them as lines of JSON.
    pub(super) exporter: ExporterKind,
    /// How OTLP is spoken: `http` or `grpc`. `auto` is what `OTEL_EXPORTER_OTLP_PROTOCOL` says, else `http`.
    pub(super) client: Client,
    /// Who takes the traces: `127.0.0.1:4318`, `https://collector.example.com`. By default
    /// `http://localhost:4318`, for gRPC port 4317, for zipkin `http://localhost:9411`.
    pub(super) endpoint: Option<Parsed<Endpoint>>,
    /// The path on the endpoint, over HTTP; `/v1/traces` by default.
    pub(super) custom_url: Option<String>,
    /// Headers of each delivery, over gRPC its metadata: mostly a token. They are not shown anywhere.
    pub(super) headers: HeaderFields,
}

/// What each trace says of this server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ResourceConfig {
    /// The name of the application; `RoadRunner` by default.
    pub(super) service_name: Option<String>,
    /// Its version; `1.0.0` by default.
    pub(super) service_version: Option<String>,
    /// What it belongs to; by default its name with a random id.
    pub(super) service_namespace: Option<String>,
    /// The id of this process; a random one by default.
    pub(super) service_instance_id: Option<String>,
}

/// Where traces go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExporterKind {
    /// To a collector, or anything else that takes OTLP.
    #[default]
    Otlp,
    /// To a server that takes version 2 of Zipkin's JSON.
    Zipkin,
    /// To the standard output.
    Stdout,
    /// To the standard error.
    Stderr,
    /// Refused, with what to do: Jaeger takes OTLP.
    #[schemars(skip)]
    Jaeger,
}

/// How OTLP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Client {
    /// As the environment says.
    #[default]
    Auto,
    /// Protobuf in HTTP requests.
    Http,
    /// gRPC.
    Grpc,
}
