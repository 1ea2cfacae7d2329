//! PHP at the bottom of the stack: a tower service that cannot fail.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use rr_core::pool::{ExecError, Keep, Pool};

use super::{
    Unserved,
    request::{Kept, RequestRules, Task},
    response::{Asked, BadAnswer, Times, response},
    retry::SafeMethods,
};

/// Answers requests by PHP workers. Every failure becomes a response here and nowhere else.
#[derive(Clone, Debug)]
pub(super) struct Php {
    pub(super) pool: Pool,
    pub(super) rules: Arc<RequestRules>,
    pub(super) safe: Arc<SafeMethods>,
    /// The status where a worker failed.
    pub(super) failed: StatusCode,
    /// Whether clients are told why.
    pub(super) debug: bool,
}

/// A request in a worker's hands. Uploads are there as long as PHP may look at them, whether the
/// client waits or not.
struct Held {
    method: Method,
    uri: Uri,
    _kept: Kept,
}

impl Keep for Held {
    fn describe(&self) -> String {
        format!("{} {}", self.method, self.uri)
    }
}

impl tower::Service<Request> for Php {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let php = self.clone();
        Box::pin(async move { Ok(php.answer(request).await) })
    }
}

impl Php {
    async fn answer(self, request: Request) -> Response {
        let asked = Asked::of(&request);
        let task = match Task::read(request, &self.rules).await {
            Ok(task) => task,
            Err(refusal) => return refusal.into_response(),
        };
        let held = Arc::new(Held {
            method: asked.method.clone(),
            uri: asked.uri.clone(),
            _kept: task.kept,
        });
        let repeat = self.safe.repeat(&asked.method);
        let begun = Instant::now();
        let answer = match self.pool.exec_with(&task.payload, repeat, held).await {
            Ok(answer) => answer,
            Err(error) => return self.explain(&asked, begun, &error),
        };
        let times = Times {
            asked: begun,
            answered: Instant::now(),
        };
        match response(&asked, times, answer, &self.rules.spool).await {
            Ok(response) => response,
            Err(BadAnswer::Exec(error)) => self.explain(&asked, begun, &error),
            Err(error) => {
                let (method, uri) = (&asked.method, &asked.uri);
                tracing::error!(target: "http", %method, %uri, %error, "a worker's answer is no response");
                (self.failed, format!("{error}\n")).into_response()
            }
        }
    }

    /// The application's own errors are in the log, and in front of its users while it is debugged only.
    fn explain(&self, asked: &Asked, begun: Instant, error: &ExecError) -> Response {
        let (method, uri) = (&asked.method, &asked.uri);
        tracing::error!(target: "http", %method, %uri, %error, "a request failed");
        let mut response = self.failure(error);
        response.extensions_mut().insert(Unserved {
            asked: begun,
            took: begun.elapsed(),
            pid: error.pid(),
            begun: is_a_workers(error),
            why: error.to_string().into(),
        });
        response
    }

    fn failure(&self, error: &ExecError) -> Response {
        match error {
            ExecError::Stopping
            | ExecError::NoWorker(_)
            | ExecError::QueueFull(_)
            | ExecError::Refused(_) => {
                let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
                let soon = HeaderValue::from_static("1");
                response.headers_mut().insert(header::RETRY_AFTER, soon);
                response
            }
            ExecError::Empty
            | ExecError::Task(_)
            | ExecError::Died { .. }
            | ExecError::TimedOut { .. }
            | ExecError::Spawn(_)
            | ExecError::Malformed { .. } => match self.debug {
                true => (self.failed, format!("{error}\n")).into_response(),
                false => self.failed.into_response(),
            },
        }
    }
}

/// Whether it was a worker that failed, rather than that there was none.
fn is_a_workers(error: &ExecError) -> bool {
    error.pid().is_some() || matches!(error, ExecError::Task(_))
}
