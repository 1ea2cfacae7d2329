//! The record of one request.
//!
//! Names, order and types of the fields are those that log readers of the Go server know; what
//! that does not tell stands behind them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use axum::{
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, Version, header};
use http_body::Body as _;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::Details;
use crate::http::{RequestId, Served, text::text};

/// What is known of a request; logged when it is dropped, that is when its answer is
/// complete or its client has left.
pub(super) struct Record {
    details: Details,
    start: SystemTime,
    clock: Instant,
    status: StatusCode,
    method: Method,
    uri: Uri,
    version: Version,
    /// The length that the client announced; -1 where it did not, as Go counts.
    announced: i64,
    peer: Option<SocketAddr>,
    headers: HeaderMap,
    id: Option<RequestId>,
    served: Option<Served>,
    read: Arc<AtomicU64>,
    written: u64,
}

impl Record {
    pub(super) fn new(request: &Request, read: Arc<AtomicU64>, details: Details) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let announced = request.body().size_hint().exact();
        Self {
            details,
            start: SystemTime::now(),
            clock: Instant::now(),
            status: left(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            announced: announced.map_or(-1, |it| i64::try_from(it).unwrap_or(i64::MAX)),
            peer: peer.map(|it| it.0),
            headers: match details.detailed || details.timings {
                true => request.headers().clone(),
                false => HeaderMap::new(),
            },
            id: request.extensions().get().cloned(),
            served: None,
            read,
            written: 0,
        }
    }

    pub(super) fn answered(&mut self, response: &Response) {
        self.status = response.status();
        self.served = response.extensions().get().copied();
    }

    pub(super) fn wrote(&mut self, length: u64) {
        self.written += length;
    }

    /// The request target as it was sent; to HTTP/2 the host is none of it.
    fn target(&self) -> String {
        match self.uri.path_and_query() {
            Some(path) if self.version == Version::HTTP_2 => path.to_string(),
            _ => self.uri.to_string(),
        }
    }

    /// The host that the client called.
    fn host(&self) -> String {
        match self.uri.authority() {
            Some(authority) => authority.to_string(),
            None => self.header(&header::HOST).unwrap_or_default(),
        }
    }

    /// The id that a middleware gave it, or else the one that the client sent.
    fn id(&self) -> Option<String> {
        match &self.id {
            Some(id) => Some(id.0.to_string()),
            None => self.header(&REQUEST_ID),
        }
    }

    /// A header on one line.
    fn header(&self, name: &HeaderName) -> Option<String> {
        let value = text(self.headers.get(name)?.as_bytes());
        Some(value.replace(['\r', '\n'], ""))
    }
}

/// All fields that are not set are left out.
impl Drop for Record {
    fn drop(&mut self) {
        let elapsed = self.clock.elapsed().as_millis() as u64;
        let start = OffsetDateTime::from(self.start);
        // A moment is told in nanoseconds, which the log writes as it writes time.
        let began = start.unix_timestamp_nanos();
        let remote = self.peer.map_or_else(String::new, shown);
        let read_bytes = self.read.load(Ordering::Relaxed);
        let target = self.target();
        let timings = self.details.timings;
        let served = self.served.filter(|_| timings);
        let id = timings.then(|| self.id()).flatten();
        let worker_pid = served.map(|it| it.pid);
        let queue_us = served.map(|it| micros(it.queued));
        let worker_us = served.map(|it| micros(it.worked));
        if !self.details.detailed {
            tracing::info!(
                target: "http",
                status = self.status.as_u16(),
                method = self.method.as_str(),
                URI = target,
                URL = target,
                remote_address = remote,
                read_bytes,
                write_bytes = self.written,
                start = began,
                elapsed,
                request_id = id,
                worker_pid,
                queue_us,
                worker_us,
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
            URI = target,
            URL = target,
            remote_address = remote,
            query = self.uri.query().unwrap_or_default(),
            content_len = self.announced,
            host = self.host(),
            user_agent = self.header(&header::USER_AGENT).unwrap_or_default(),
            referer = self.header(&header::REFERER).unwrap_or_default(),
            time_local = local,
            request_time = began,
            start = began,
            elapsed,
            request_id = id,
            worker_pid,
            queue_us,
            worker_us,
            "http access log",
        );
    }
}

/// An address that a proxy told without a port has none.
fn shown(peer: SocketAddr) -> String {
    match peer.port() {
        0 => peer.ip().to_string(),
        _ => peer.to_string(),
    }
}

/// What a request is known by, across servers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// 499, the status of requests whose clients left before there was one; nginx's number.
fn left() -> StatusCode {
    StatusCode::from_u16(499).expect("within 100 to 999")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// `22/Nov/26:17:51:16 +0000`
const TIME_LOCAL: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year repr:last_two]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);
