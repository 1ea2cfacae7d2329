//! A collector that decodes what it is sent, by OTLP over HTTP and over gRPC, and by Zipkin's JSON.

use std::{io::Read as _, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    response::Response,
    routing::post,
};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;
use serde_json::json;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle, time::timeout};

/// What came in one request.
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A collector on a port of its own.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    task: JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Sender = mpsc::UnboundedSender<Delivery>;

pub(crate) fn routes() -> (Router, mpsc::UnboundedReceiver<Delivery>) {
    let (sender, deliveries) = mpsc::unbounded_channel();
    let routes = Router::new()
        .route("/v1/traces", post(over_http))
        .route("/api/v2/spans", post(over_http))
        .route(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            post(over_grpc),
        )
        .with_state(sender);
    (routes, deliveries)
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (routes, deliveries) = routes();
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            deliveries,
            task,
        }
    }

    /// The next delivery.
    pub(crate) async fn next(&mut self) -> Delivery {
        let next = timeout(Duration::from_secs(20), self.deliveries.recv()).await;
        next.expect("a delivery within 20 s").unwrap()
    }

    /// All spans of deliveries that are there, as one trace tree knows them.
    pub(crate) fn spans(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        while let Ok(delivery) = self.deliveries.try_recv() {
            spans.extend(delivery.spans());
        }
        spans
    }
}

impl Delivery {
    pub(crate) fn decoded(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(self.body.clone()).unwrap()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let resources = self.decoded().resource_spans.into_iter();
        let scopes = resources.flat_map(|it| it.scope_spans);
        scopes.flat_map(|it| it.spans).collect()
    }

    /// The attributes of the resource.
    pub(crate) fn resource(&self) -> serde_json::Value {
        let decoded = self.decoded();
        let [from] = &decoded.resource_spans[..] else {
            panic!("one resource: {decoded:?}");
        };
        attributes(&from.resource.as_ref().unwrap().attributes)
    }
}

/// Attributes as JSON.
pub(crate) fn attributes(all: &[KeyValue]) -> serde_json::Value {
    let all = all
        .iter()
        .map(|it| (it.key.clone(), value(it.value.as_ref())));
    serde_json::Value::Object(all.collect())
}

fn value(value: Option<&AnyValue>) -> serde_json::Value {
    match value.and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(it)) => json!(it),
        Some(Value::IntValue(it)) => json!(it),
        other => panic!("{other:?}"),
    }
}

async fn over_http(State(sender): State<Sender>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = match headers.get("content-encoding") {
        Some(coding) => {
            assert_eq!(coding, "gzip");
            unzipped(&body)
        }
        None => body,
    };
    sender.send(Delivery { headers, body }).ok();
    StatusCode::OK
}

/// One message each way, behind a flag and its length; the status comes in trailers.
async fn over_grpc(State(sender): State<Sender>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/grpc");
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap());
    assert_eq!(length as usize, body.len() - 5);
    let body = match body[0] {
        0 => body.slice(5..),
        _ => unzipped(&body[5..]),
    };
    sender.send(Delivery { headers, body }).ok();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [
        Frame::data(Bytes::from_static(&[0; 5])),
        Frame::trailers(trailers),
    ];
    let frames = futures_util::stream::iter(frames.map(Ok::<_, axum::Error>));
    Response::builder()
        .header("content-type", "application/grpc")
        .body(Body::new(StreamBody::new(frames)))
        .unwrap()
}

fn unzipped(body: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain.into()
}
