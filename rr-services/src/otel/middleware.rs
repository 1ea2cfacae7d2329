//! The middleware: a span for each request, from its arrival to the last byte of its answer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll, ready},
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::{
    Context, KeyValue,
    trace::{Status, TraceContextExt as _, Tracer as _},
};

use super::{Tracing, request_span, worker_spans};
use crate::http::HttpLayer;

/// Traces requests: continues the context that the client sent, and hands its own to PHP.
pub(super) fn layer(tracing: &Arc<Tracing>) -> impl HttpLayer + use<> {
    let tracing = Arc::clone(tracing);
    from_fn(move |request: Request, next: Next| trace(Arc::clone(&tracing), request, next))
}

async fn trace(tracing: Arc<Tracing>, mut request: Request, next: Next) -> Response {
    let parent = tracing.propagation.extract(request.headers());
    let name = request_span::name(request.method());
    let span = request_span::begun(&request);
    let span = tracing.tracer.build_with_context(span, &parent);
    let context = parent.with_span(span);
    tracing.propagation.inject(&context, request.headers_mut());
    let mut open = Open {
        context,
        is_answered: false,
    };
    let response = next.run(request).await;
    open.is_answered = true;
    let span = open.context.span();
    if span.is_recording() {
        request_span::answered(&span, name, &response);
        worker_spans::add(&tracing.tracer, &open.context, &response);
    }
    response.map(|body| Body::new(Traced { body, open }))
}

/// A span that ends when this is dropped.
struct Open {
    context: Context,
    is_answered: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        let span = self.context.span();
        if !self.is_answered {
            span.set_attribute(KeyValue::new("error.type", "client_closed_request"));
            span.set_status(Status::error("the client left before there was an answer"));
        }
        span.end();
    }
}

/// The body of an answer, with the span that ends with it.
struct Traced {
    body: Body,
    open: Open,
}

impl HttpBody for Traced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(task));
        if let Some(Err(error)) = &frame {
            let span = self.open.context.span();
            span.set_attribute(KeyValue::new("error.type", "broken_body"));
            span.set_status(Status::error(error.to_string()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
