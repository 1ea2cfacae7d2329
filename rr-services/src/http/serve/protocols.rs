//! HTTP/1 and HTTP/2 as hyper speaks them, with the limits that are hyper's to hold.

use hyper::server::conn::{http1, http2};
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto,
};

use super::limits::Limits;
use crate::http::config::Http2Config;

/// How connections are begun.
#[derive(Clone, Debug)]
pub(in crate::http) struct Protocols {
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<TokioExecutor>,
    /// Only where HTTP/2 is spoken without TLS: telling the two apart costs each connection a peek.
    pub(super) either: Option<auto::Builder<TokioExecutor>>,
}

/// What hyper has room for without being told, and its own number of header fields, for which it
/// needs no memory of the heap.
const BUFFER: usize = 400 << 10;
const FIELDS: usize = 100;

/// What a client may send ahead of what PHP has been given: of one request, and of all of a
/// connection. Twice the common sizes, since over long distances they bound how fast uploads are.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

impl Protocols {
    pub(in crate::http) fn new(config: &Http2Config, limits: &Limits) -> Self {
        let header_size = u32::try_from(limits.header_size).unwrap_or(u32::MAX);
        let buffer = BUFFER.max(limits.header_size + 8192);
        let mut http1 = http1::Builder::new();
        // Heads are timed by whoever drives the connection, without a timer for each of them.
        http1
            .header_read_timeout(None)
            .max_header_size(limits.header_size)
            .max_buf_size(buffer);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.max_concurrent_streams)
            .max_header_list_size(header_size)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        let either = config.h2c.then(|| {
            let mut either = auto::Builder::new(TokioExecutor::new());
            // Here it is the buffer that bounds a head: too long is what does not fit.
            let buffer = limits.header_size.max(8192);
            either
                .http1()
                .header_read_timeout(None)
                .max_buf_size(buffer);
            if limits.header_count != FIELDS {
                either.http1().max_headers(limits.header_count);
            }
            either
                .http2()
                .timer(TokioTimer::new())
                .max_concurrent_streams(config.max_concurrent_streams)
                .max_header_list_size(header_size)
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW);
            either
        });
        if limits.header_count != FIELDS {
            http1.max_headers(limits.header_count);
        }
        Self {
            http1,
            http2,
            either,
        }
    }
}
