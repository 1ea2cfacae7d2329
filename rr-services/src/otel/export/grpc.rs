//! OTLP over gRPC (<https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>).

use std::error::Error as _;

use http::{Uri, uri::PathAndQuery};
use hyper_util::client::legacy;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::{
    Code, Extensions, Request, Status, body::Body, client, codec::CompressionEncoding,
    metadata::MetadataMap,
};
use tonic_prost::ProstCodec;

use super::{
    Again, Failure,
    connector::{Collector, client},
};
use crate::otel::target::Destination;

const METHOD: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

const WRONG_PORT: &str =
    "see whether this port is for OTLP over gRPC: mostly it is 4317, and 4318 for `client: http`";

/// Sends to one address.
pub(in crate::otel) struct Grpc {
    client: Collector<Body>,
    origin: Uri,
    metadata: MetadataMap,
    gzip: bool,
}

impl Grpc {
    pub(super) fn new(to: &Destination) -> Result<Self, String> {
        Ok(Self {
            client: client(&to.uri, true)?,
            origin: to.uri.clone(),
            metadata: MetadataMap::from_headers(to.headers.clone()),
            gzip: to.gzip,
        })
    }

    pub(super) async fn export(&self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let mut grpc = client::Grpc::with_origin(self.client.clone(), self.origin.clone());
        if self.gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        let request = Request::from_parts(self.metadata.clone(), Extensions::new(), batch.clone());
        let codec = ProstCodec::<_, ExportTraceServiceResponse>::default();
        let answer = grpc.unary(request, METHOD, codec).await;
        judged(answer.map_err(|it| failure(&it))?.into_inner())
    }
}

/// Spans that a collector would not take are not sent again: it would not take them then either.
pub(super) fn judged(answer: ExportTraceServiceResponse) -> Result<(), Failure> {
    match answer.partial_success {
        Some(it) if it.rejected_spans > 0 => Err(Failure::refused(format!(
            "it refused {} spans of a batch: {}",
            it.rejected_spans, it.error_message
        ))),
        _ => Ok(()),
    }
}

/// Which codes are worth another attempt the OTLP specification says.
fn failure(status: &Status) -> Failure {
    if let Some(cause) = status.source() {
        let failure = Failure::unreachable(cause);
        return match cause.downcast_ref::<legacy::Error>() {
            // There was somebody.
            Some(error) if !error.is_connect() => Failure {
                help: WRONG_PORT,
                ..failure
            },
            _ => failure,
        };
    }
    let code = status.code();
    Failure {
        message: format!("it answered {code:?}: {}", status.message()),
        help: match code {
            Code::Unauthenticated | Code::PermissionDenied => {
                "see whether `otel.headers` has the token that is asked for"
            }
            Code::Unimplemented | Code::Unknown | Code::Internal => WRONG_PORT,
            _ => "the log of the collector says why",
        },
        again: match code {
            Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss => Again::Soon,
            _ => Again::Never,
        },
    }
}
