//! A middleware of the shop's own: every response says who served it and how long it took. It is a
//! tower layer like any other and knows neither rr nor PHP.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use http::{HeaderValue, Request, Response};
use tower::{Layer, Service};

/// Adds `x-served-by` and `server-timing`, which browsers show among the timings of a request.
#[derive(Clone)]
pub struct StampLayer {
    name: HeaderValue,
}

/// What a [`StampLayer`] makes of the service it wraps.
#[derive(Clone)]
pub struct Stamp<S> {
    inner: S,
    name: HeaderValue,
}

impl StampLayer {
    /// Responses will be served by `name`, which must be ASCII.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name: HeaderValue::from_static(name),
        }
    }
}

impl<S> Layer<S> for StampLayer {
    type Service = Stamp<S>;

    fn layer(&self, inner: S) -> Stamp<S> {
        let name = self.name.clone();
        Stamp { inner, name }
    }
}

impl<S, In, Out> Service<Request<In>> for Stamp<S>
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
        let begun = Instant::now();
        let name = self.name.clone();
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            let headers = response.headers_mut();
            headers.insert("x-served-by", name);
            headers.insert("server-timing", timing(begun));
            Ok(response)
        })
    }
}

/// `total;dur=1.8`, in milliseconds.
fn timing(begun: Instant) -> HeaderValue {
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    let text = format!("total;dur={milliseconds:.1}");
    HeaderValue::try_from(text).expect("digits and letters fit a header")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn every_response_is_stamped() {
        let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
        let service = StampLayer::new("shop").layer(inner);
        let response = service.oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.headers()["x-served-by"], "shop");
        let timing = response.headers()["server-timing"].to_str().unwrap();
        let duration = timing.strip_prefix("total;dur=").unwrap();
        assert!(duration.parse::<f64>().unwrap() < 1000.0, "{timing}");
    }
}
