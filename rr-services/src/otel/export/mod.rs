//! Those who take spans: a collector by HTTP or gRPC, Zipkin, the standard streams.

mod connector;
mod failure;
mod grpc;
mod http;
mod lines;
mod post;
mod zipkin;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::{
    delivery::Export,
    target::{Target, Way},
};
use grpc::Grpc;
use http::Http;
use lines::Lines;
use zipkin::Zipkin;

pub(super) use failure::{Again, Failure};

/// The one that the config asks for.
pub(super) enum Exporter {
    Http(Http),
    Grpc(Grpc),
    Zipkin(Zipkin),
    Lines(Lines),
}

impl Exporter {
    /// # Errors
    /// When TLS cannot be had.
    pub(super) fn new(target: &Target) -> Result<Self, String> {
        Ok(match &target.way {
            Way::Http(to) => Self::Http(Http::new(to)?),
            Way::Grpc(to) => Self::Grpc(Grpc::new(to)?),
            Way::Zipkin(to) => Self::Zipkin(Zipkin::new(to)?),
            Way::Stdout => Self::Lines(Lines::Stdout),
            Way::Stderr => Self::Lines(Lines::Stderr),
        })
    }
}

impl Export for Exporter {
    async fn export(&self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        match self {
            Self::Http(it) => it.export(batch).await,
            Self::Grpc(it) => it.export(batch).await,
            Self::Zipkin(it) => it.export(batch).await,
            Self::Lines(it) => it.export(batch).await,
        }
    }
}
