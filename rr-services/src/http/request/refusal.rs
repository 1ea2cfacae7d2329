//! Why a request does not reach a worker, and what its client is told.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, future::ready, stream};
use http::{HeaderValue, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::http::{
    body::{BadBody, Incoming},
    form::BadForm,
    multipart::BadMultipart,
    target::BadTarget,
};

/// How long a client may go on with a body that is refused: one that is cut off while it sends
/// often never reads the answer.
const LINGER: Duration = Duration::from_secs(2);

/// A mistake of the client, mostly.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum BadRequest {
    #[error(transparent)]
    Target(#[from] BadTarget),
    #[error("the request body is in a transfer coding other than `chunked`")]
    Coding,
    #[error("the request expects something else than `100-continue`, which is all there is")]
    Expectation,
    #[error(transparent)]
    Body(#[from] BadBody),
    #[error("the multipart form is malformed: {0}")]
    Multipart(#[from] BadMultipart),
    #[error(transparent)]
    Form(#[from] BadForm),
    #[error("the form has more than {0} fields")]
    Fields(usize),
    #[error("the form has more than {0} files")]
    Files(usize),
    #[error("the request is longer than the 4 GiB that a worker takes at once")]
    Frame,
    #[error("{0:?} were not enough to get room for a large request body")]
    Busy(Duration),
}

impl BadRequest {
    fn status(&self) -> StatusCode {
        match self {
            Self::Target(BadTarget::Connect) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Target(_)
            | Self::Coding
            | Self::Multipart(_)
            | Self::Form(BadForm::Conflict(_)) => StatusCode::BAD_REQUEST,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::Body(BadBody::Broken(_)) => StatusCode::BAD_REQUEST,
            Self::Body(BadBody::TooSlow(_)) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BadBody::Disk(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body(BadBody::TooLarge(_))
            | Self::Form(BadForm::TooMany(_))
            | Self::Fields(_)
            | Self::Files(_)
            | Self::Frame => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A request that is refused.
#[derive(Debug)]
pub(in super::super) struct Refusal {
    error: BadRequest,
    /// What the client may still be sending.
    rest: Option<Body>,
}

impl Refusal {
    /// Before anything of the body was read. A client that waits to be told to continue has not
    /// sent it, and is not told.
    pub(super) fn unread(error: BadRequest, parts: &Parts, body: Body) -> Self {
        let is_coming = !parts.headers.contains_key(header::EXPECT);
        Self {
            error,
            rest: is_coming.then_some(body),
        }
    }

    /// In the midst of the body.
    pub(super) fn midway(error: BadRequest, body: Incoming) -> Self {
        let is_lost = matches!(
            error,
            BadRequest::Body(BadBody::TooSlow(_) | BadBody::Broken(_))
        );
        let is_coming = !is_lost && !body.is_end();
        Self {
            error,
            rest: is_coming.then(|| body.into_rest()),
        }
    }

    /// The body was read to its end.
    pub(super) fn whole(error: BadRequest) -> Self {
        Self { error, rest: None }
    }

    /// Tells the client, and whoever runs the server where it is theirs to act.
    pub(in super::super) fn into_response(self) -> Response {
        let Self { error, rest } = self;
        let status = error.status();
        if status.is_server_error() {
            tracing::error!(target: "http", %error, "a request failed");
        } else {
            tracing::debug!(target: "http", %error, "a request is refused");
        }
        // Where our files lie is not the client's business.
        // What follows a body in a coding that nobody knows cannot be told from it (RFC 9112, section 6.3).
        let is_last = matches!(error, BadRequest::Coding);
        let text = match error {
            BadRequest::Body(BadBody::Disk(_)) => String::new(),
            error => format!("{error}\n"),
        };
        let mut response = match rest {
            Some(rest) => (status, lingering(text, rest)).into_response(),
            None => (status, text).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        if is_last {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            // PHP decides on all others.
            let others = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
            headers.insert(header::ALLOW, HeaderValue::from_static(others));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Text that is sent at once, and ends when the client has no more to say, or has said enough.
fn lingering(text: String, rest: Body) -> Body {
    let text = stream::once(ready(Ok::<_, Infallible>(Bytes::from(text))));
    let end = stream::once(timeout(LINGER, drain(rest)));
    Body::from_stream(text.chain(end.filter_map(|_| ready(None))))
}

async fn drain(mut rest: Body) {
    while let Some(Ok(_)) = rest.frame().await {}
}
