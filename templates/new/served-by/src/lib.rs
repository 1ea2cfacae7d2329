//! A middleware of your own: every response says who served it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Response};
use tower::{Layer, Service};

/// Adds the header `x-served-by`; `[[middleware]]` in the manifest puts it into the server.
#[derive(Clone)]
pub struct ServedByLayer {
    name: HeaderValue,
}

/// What a [`ServedByLayer`] makes of the service it wraps.
#[derive(Clone)]
pub struct ServedBy<S> {
    inner: S,
    name: HeaderValue,
}

impl ServedByLayer {
    /// The header will say `name`, which must be ASCII.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name: HeaderValue::from_static(name),
        }
    }
}

impl<S> Layer<S> for ServedByLayer {
    type Service = ServedBy<S>;

    fn layer(&self, inner: S) -> ServedBy<S> {
        let name = self.name.clone();
        ServedBy { inner, name }
    }
}

impl<S, In, Out> Service<Request<In>> for ServedBy<S>
where
    S: Service<Request<In>, Response = Response<Out>, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        let name = self.name.clone();
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            response.headers_mut().insert("x-served-by", name);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn every_response_says_who_served_it() {
        let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
        let service = ServedByLayer::new("me").layer(inner);
        let response = service.oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.headers()["x-served-by"], "me");
    }
}
