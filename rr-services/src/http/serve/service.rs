//! The requests of one connection, on their way into the stack.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, Version, header};
use hyper::body::Incoming;
use tower::{ServiceExt as _, util::Oneshot};

use super::{
    activity::{Activity, Open},
    body::Outgoing,
    limits::Limits,
    peer::Peer,
};
use crate::http::{interim::Hints, layer::Stack, live::CurrentStack, outlet::Outlet};

/// What hyper calls for each request of a connection.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) stack: CurrentStack,
    pub(super) peer: Arc<Peer>,
    pub(super) activity: Arc<Activity>,
    pub(super) limits: Arc<Limits>,
    /// Where interim responses can be sent; not over HTTP/2.
    pub(super) hints: Option<Hints>,
    /// Where files can be sent past hyper; not over HTTP/2.
    pub(super) outlet: Option<Outlet>,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Requests {
    type Response = hyper::Response<Outgoing>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: hyper::Request<Incoming>) -> Answer {
        let http2 = request.version() == Version::HTTP_2;
        let open = self.activity.request(http2);
        let asked = match self.limits.refuses(&request) {
            Some(status) => Err(status),
            None => {
                let mut request: Request = request.map(Body::new);
                self.peer.introduce(&mut request);
                if let Some(hints) = &self.hints {
                    request.extensions_mut().insert(hints.clone());
                }
                let wrapped = self.stack.get();
                if let Some(outlet) = self
                    .outlet
                    .as_ref()
                    .filter(|_| wrapped.sends_files && !http2)
                {
                    request.extensions_mut().insert(outlet.open());
                }
                Ok(wrapped.stack.oneshot(request))
            }
        };
        // Where HTTP/2 says so by a frame, HTTP/1 has a header.
        let last = self.limits.requests.is_some_and(|it| open.number() >= it);
        Answer {
            asked,
            last: last && !http2,
            http2,
            open: Some(open),
        }
    }
}

impl Limits {
    /// The status for a head that is longer than allowed. Its size is for the HTTP library, which
    /// stops reading.
    pub(in crate::http) fn refuses<B>(&self, request: &hyper::Request<B>) -> Option<StatusCode> {
        let target = request.uri().path_and_query();
        if target.is_some_and(|it| it.as_str().len() > self.uri_length) {
            return Some(StatusCode::URI_TOO_LONG);
        }
        (request.headers().len() > self.header_count)
            .then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }
}

/// The answer of the stack, or a refusal.
#[derive(Debug)]
pub(super) struct Answer {
    asked: Result<Oneshot<Stack, Request>, StatusCode>,
    last: bool,
    http2: bool,
    open: Option<Open>,
}

impl Future for Answer {
    type Output = Result<hyper::Response<Outgoing>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response: Response = match &mut self.asked {
            Ok(asked) => ready!(Pin::new(asked).poll(cx))?,
            Err(status) => (*status).into_response(),
        };
        let farewell = self.open.as_ref().is_some_and(Open::is_farewell);
        if self.last || farewell && !self.http2 {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        let open = self.open.take();
        let open = open.expect("a future is not polled after its end");
        Poll::Ready(Ok(response.map(|body| Outgoing::new(body, open))))
    }
}
