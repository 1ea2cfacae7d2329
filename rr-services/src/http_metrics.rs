//! The `http_metrics` middleware: counts and times requests, under the names of the Go server.

mod figures;

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use http_body_util::BodyExt as _;
use rr_core::{
    BoxError, Init, Service,
    pool::Pool,
    rpc::{Methods, Plain, RpcError},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{exposition::MetricSource, http::Middleware};
use figures::Figures;

/// The middleware `http_metrics`; name it in `http.middleware`. It needs no section.
#[derive(Debug)]
pub struct HttpMetrics;

/// Counts and times requests; `http_metrics.Text` over RPC tells the figures in the text format
/// of Prometheus. There are no settings.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct HttpMetricsConfig {}

impl Service for HttpMetrics {
    const NAME: &'static str = "http_metrics";
    const SECTION: &'static str = "http.http_metrics";
    type Config = HttpMetricsConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<HttpMetricsConfig> {
        Some(HttpMetricsConfig {})
    }

    fn init(self, _: HttpMetricsConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let figures = Arc::new(Figures::new()?);
        let pools = cx.collect::<Pool>();
        let source = MetricSource::new({
            let figures = Arc::clone(&figures);
            move || {
                let (figures, pools) = (Arc::clone(&figures), pools.all());
                async move {
                    let http = pools.iter().find(|it| it.name() == "http");
                    figures.gather(http).await
                }
            }
        });
        let methods = Methods::new(Self::NAME);
        cx.contribute(methods.method_with("Text", &source, text));
        cx.contribute(source);
        let measure = from_fn(move |request: Request, next: Next| {
            let measured = Measured {
                figures: Arc::clone(&figures),
                begun: Instant::now(),
                status: None,
            };
            measure(measured, request, next)
        });
        cx.contribute(Middleware::named(Self::NAME, measure).passes_bodies());
        Ok(())
    }
}

async fn text(source: MetricSource, (): ()) -> Result<Plain<String>, RpcError> {
    let text = source
        .text()
        .await
        .map_err(|it| RpcError::from(it.to_string()))?;
    Ok(Plain(text))
}

async fn measure(mut measured: Measured, request: Request, next: Next) -> Response {
    measured.figures.begin();
    let response = next.run(request).await;
    measured.status = Some(response.status());
    // It ends with its last byte, or when the client has gone.
    response.map(|body| {
        Body::new(body.inspect_frame(move |_| {
            let _lives_as_long = &measured;
        }))
    })
}

/// A request that is under way; it is counted when this is dropped.
struct Measured {
    figures: Arc<Figures>,
    begun: Instant,
    /// `None` where there was no answer: the client had left before.
    status: Option<http::StatusCode>,
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.figures.end(self.status, self.begun.elapsed());
    }
}
