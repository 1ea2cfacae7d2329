//! One log record a request, when its answer is complete, inside the middleware.

mod record;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, response::Response};
use futures_util::future::Either;
use http_body_util::BodyExt as _;
use tower::Layer;

use record::Record;

/// What each record tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Details {
    /// Query, host, user agent and referer as well.
    pub(super) detailed: bool,
    /// Request id, worker, and where the time went as well.
    pub(super) timings: bool,
}

/// Logs requests; costs nothing where the log's level hides them.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccessLogLayer {
    details: Details,
}

impl AccessLogLayer {
    pub(super) fn new(details: Details) -> Self {
        Self { details }
    }
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;
    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog {
            inner,
            details: self.details,
        }
    }
}

/// The service of [`AccessLogLayer`].
#[derive(Clone, Debug)]
pub(super) struct AccessLog<S> {
    inner: S,
    details: Details,
}

/// A request that is logged.
type Logged = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> tower::Service<Request> for AccessLog<S>
where
    S: tower::Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Logged>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !tracing::enabled!(target: "http", tracing::Level::INFO) {
            return Either::Left(self.inner.call(request));
        }
        let read = Arc::new(AtomicU64::new(0));
        let mut record = Record::new(&request, Arc::clone(&read), self.details);
        let count = move |length| {
            read.fetch_add(length, Ordering::Relaxed);
        };
        let answer = self.inner.call(request.map(|body| counted(body, count)));
        Either::Right(Box::pin(async move {
            let response = answer.await?;
            record.answered(&response);
            Ok(response.map(|body| counted(body, move |length| record.wrote(length))))
        }))
    }
}

/// Calls `count` with the length of each part of `body` as it passes.
fn counted(body: Body, mut count: impl FnMut(u64) + Send + 'static) -> Body {
    Body::new(body.inspect_frame(move |frame| {
        count(frame.data_ref().map_or(0, |it| it.len() as u64));
    }))
}
