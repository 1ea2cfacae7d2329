//! A batch as the body of one HTTP request.

use std::{io::Write as _, time::Duration};

use bytes::{Bytes, BytesMut};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};

use super::{
    Again, Failure,
    connector::{Collector, client},
};
use crate::otel::target::Destination;

/// How much of an answer is read; those of collectors are a few bytes.
const LONGEST_ANSWER: usize = 64 << 10;

/// Posts to one address.
pub(super) struct Post {
    client: Collector<Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    gzip: bool,
}

impl Post {
    pub(super) fn new(to: &Destination, content_type: &'static str) -> Result<Self, String> {
        let mut headers = to.headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if to.gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self {
            client: client(&to.uri, false)?,
            uri: to.uri.clone(),
            headers,
            gzip: to.gzip,
        })
    }

    /// The body of the answer, if it is a good one.
    pub(super) async fn send(&self, body: Vec<u8>) -> Result<Bytes, Failure> {
        let body = match self.gzip {
            true => gzipped(&body),
            false => body,
        };
        let mut request = Request::post(self.uri.clone())
            .body(Full::from(body))
            .expect("an address and a body");
        *request.headers_mut() = self.headers.clone();
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|it| Failure::unreachable(&it))?;
        let (head, mut body) = answer.into_parts();
        if !head.status.is_success() {
            return Err(failure(head.status, &head.headers));
        }
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|it| Failure::unreachable(&it))?;
            if let Some(data) = frame.data_ref() {
                let room = LONGEST_ANSWER.saturating_sub(read.len());
                read.extend_from_slice(&data[..data.len().min(room)]);
            }
        }
        Ok(read.freeze())
    }
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("memory takes it")
}

/// Which statuses are worth another attempt the OTLP specification says.
fn failure(status: StatusCode, headers: &HeaderMap) -> Failure {
    let asked = headers.get(header::RETRY_AFTER);
    let asked = asked.and_then(|it| it.to_str().ok()?.parse().ok());
    Failure {
        message: format!("it answered {status}"),
        help: match status.as_u16() {
            401 | 403 | 407 => "see whether `otel.headers` has the token that is asked for",
            404 | 405 => {
                "the path is `/v1/traces`, unless `otel.endpoint` or `otel.custom_url` says otherwise"
            }
            400 | 415 | 426 => {
                "see whether this port is for OTLP over HTTP: mostly it is 4318, and 4317 for `client: grpc`"
            }
            _ => "the log of the collector says why",
        },
        again: match status.as_u16() {
            429 | 502..=504 => {
                asked.map_or(Again::Soon, |it| Again::After(Duration::from_secs(it)))
            }
            _ => Again::Never,
        },
    }
}
