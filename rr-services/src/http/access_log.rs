//! One log record a request, when its answer is complete, inside the middleware.
//!
//! Names and types of the fields are those that log readers of the Go server know.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Instant, SystemTime},
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use time::{
    OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};
use tower::Layer;

/// Logs requests; costs nothing where the log's level hides them.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccessLogLayer {
    /// Query, host, user agent and referer as well.
    detailed: bool,
}

impl AccessLogLayer {
    pub(super) fn new(detailed: bool) -> Self {
        Self { detailed }
    }
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;
    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog {
            inner,
            detailed: self.detailed,
        }
    }
}

/// The service of [`AccessLogLayer`].
#[derive(Clone, Debug)]
pub(super) struct AccessLog<S> {
    inner: S,
    detailed: bool,
}

impl<S> tower::Service<Request> for AccessLog<S>
where
    S: tower::Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !tracing::enabled!(target: "http", tracing::Level::INFO) {
            return Box::pin(self.inner.call(request));
        }
        let read = Arc::new(AtomicU64::new(0));
        let mut record = Record::new(&request, Arc::clone(&read), self.detailed);
        let count = move |length| {
            read.fetch_add(length, Ordering::Relaxed);
        };
        let answer = self.inner.call(request.map(|body| counted(body, count)));
        Box::pin(async move {
            let response = answer.await?;
            record.status = response.status();
            Ok(response.map(|body| counted(body, move |length| record.wrote(length))))
        })
    }
}

/// What is known of a request; logged when it is dropped, that is when its answer is
/// complete or its client has left.
struct Record {
    detailed: bool,
    start: SystemTime,
    clock: Instant,
    status: StatusCode,
    method: Method,
    uri: Uri,
    peer: Option<SocketAddr>,
    headers: HeaderMap,
    read: Arc<AtomicU64>,
    written: u64,
}

impl Record {
    fn new(request: &Request, read: Arc<AtomicU64>, detailed: bool) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            detailed,
            start: SystemTime::now(),
            clock: Instant::now(),
            status: left(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            peer: peer.map(|it| it.0),
            headers: match detailed {
                true => request.headers().clone(),
                false => HeaderMap::new(),
            },
            read,
            written: 0,
        }
    }

    fn wrote(&mut self, length: u64) {
        self.written += length;
    }

    /// A header on one line.
    fn header(&self, name: header::HeaderName) -> String {
        let value = self
            .headers
            .get(name)
            .map(|it| String::from_utf8_lossy(it.as_bytes()));
        value.unwrap_or_default().replace(['\r', '\n'], "")
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let elapsed = self.clock.elapsed().as_millis() as u64;
        let start = OffsetDateTime::from(self.start);
        let began = start.format(&Rfc3339).unwrap_or_default();
        let remote = self.peer.map_or_else(String::new, |it| it.to_string());
        let read_bytes = self.read.load(Ordering::Relaxed);
        if !self.detailed {
            tracing::info!(
                target: "http",
                status = self.status.as_u16(),
                method = self.method.as_str(),
                URI = %self.uri,
                URL = %self.uri,
                remote_address = remote,
                read_bytes,
                write_bytes = self.written,
                start = began,
                elapsed,
                "http log",
            );
            return;
        }
        let local = start.format(TIME_LOCAL).unwrap_or_default();
        tracing::info!(
            target: "http",
            read_bytes,
            write_bytes = self.written,
            status = self.status.as_u16(),
            method = self.method.as_str(),
            URI = %self.uri,
            URL = %self.uri,
            remote_address = remote,
            query = self.uri.query().unwrap_or_default(),
            content_len = read_bytes,
            host = self.header(header::HOST),
            user_agent = self.header(header::USER_AGENT),
            referer = self.header(header::REFERER),
            time_local = local,
            request_time = began,
            start = began,
            elapsed,
            "http access log",
        );
    }
}

/// 499, the status of requests whose clients left before there was one; nginx's number.
fn left() -> StatusCode {
    StatusCode::from_u16(499).expect("within 100 to 999")
}

/// `22/Nov/26:17:51:16 +0000`
const TIME_LOCAL: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year repr:last_two]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

/// Calls `count` with the length of each part of `body` as it passes.
fn counted(body: Body, mut count: impl FnMut(u64) + Send + 'static) -> Body {
    Body::new(body.inspect_frame(move |frame| {
        count(frame.data_ref().map_or(0, |it| it.len() as u64));
    }))
}
