//! Spans on a standard stream, a line of OTLP's JSON each batch
//! (<https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>).

use std::io::{self, Write as _};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::task::spawn_blocking;

use super::Failure;

/// Which stream.
#[derive(Clone, Copy, Debug)]
pub(in crate::otel) enum Lines {
    Stdout,
    Stderr,
}

impl Lines {
    pub(super) async fn export(self, batch: &ExportTraceServiceRequest) -> Result<(), Failure> {
        let written = async {
            let mut line = serde_json::to_vec(batch)?;
            line.push(b'\n');
            // Whoever reads the stream may be slow.
            spawn_blocking(move || self.write(&line)).await?
        };
        written
            .await
            .map_err(|it: io::Error| Failure::unwritten(&it))
    }

    fn write(self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stream = io::stdout().lock();
                stream.write_all(line)?;
                stream.flush()
            }
            Self::Stderr => io::stderr().lock().write_all(line),
        }
    }
}
