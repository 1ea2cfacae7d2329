//! OTLP over HTTP: protobuf in the body of a request (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;

use super::{Failure, grpc::judged, post::Post};
use crate::otel::target::Destination;

/// Sends to one address.
pub(in crate::otel) struct Http(Post);

impl Http {
    pub(super) fn new(to: &Destination) -> Result<Self, String> {
        Ok(Self(Post::new(to, "application/x-protobuf")?))
    }

    pub(super) async fn export(&self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let answer = self.0.send(batch.encode_to_vec()).await?;
        // It has been taken, whatever else is said.
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        judged(answer)
    }
}
