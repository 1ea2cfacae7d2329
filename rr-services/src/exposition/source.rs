//! What a service has to say to Prometheus, asked for when somebody wants it.

use std::{future::Future, pin::Pin, sync::Arc};

use prometheus::{Encoder as _, TextEncoder, proto::MetricFamily};

type Gathering = Pin<Box<dyn Future<Output = Vec<MetricFamily>> + Send>>;

/// A service's metrics: contribute one, whoever exposes metrics collects them.
///
/// ```
/// use prometheus::{IntCounter, Registry};
/// use rr_services::MetricSource;
///
/// let sold = IntCounter::new("shop_sold_total", "Articles sold.").unwrap();
/// let registry = Registry::new();
/// registry.register(Box::new(sold.clone())).unwrap();
/// let source = MetricSource::new(move || std::future::ready(registry.gather()));
/// # drop(source);
/// ```
#[derive(Clone)]
pub struct MetricSource(Arc<dyn Fn() -> Gathering + Send + Sync>);

impl MetricSource {
    /// `gather` is called each time that somebody asks.
    pub fn new<F, Fut>(gather: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<MetricFamily>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(gather())))
    }

    /// The metrics as they are now.
    pub async fn gather(&self) -> Vec<MetricFamily> {
        (self.0)().await
    }

    /// The same in Prometheus' text format, version 0.0.4.
    ///
    /// # Errors
    /// If a metric has no values, or a name that Prometheus cannot read.
    pub async fn text(&self) -> Result<String, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.gather().await, &mut text)?;
        String::from_utf8(text).map_err(|it| prometheus::Error::Msg(it.to_string()))
    }
}
