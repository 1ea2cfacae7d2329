//! The `metrics` service: figures of the server and of the application, for Prometheus to scrape.
//!
//! It gathers what services contribute as [`MetricSource`]s, looks at every worker pool, and keeps what
//! the application declares, in the config or over RPC.

mod collector;
mod config;
mod declared;
mod methods;
mod page;
mod pools;
mod process;
mod reload;
mod summary;

use std::{collections::BTreeMap, sync::Arc};

use rr_core::{
    BoxError, Check, Init, Service,
    config::Diagnostic,
    listen::{Access, Listener},
    pool::Pool,
};

use crate::{endpoint, exposition::MetricSource};
use config::{CollectorConfig, MetricsConfig};
use declared::Declared;
use page::Page;

/// Metrics at an address of their own. List it before `http`: PHP calls it.
#[derive(Debug)]
pub struct Metrics;

impl Service for Metrics {
    const NAME: &'static str = "metrics";
    type Config = MetricsConfig;
    type Needs = ();
    type Offers = ();

    fn check(config: &MetricsConfig, cx: &mut Check<'_>) {
        cx.listens("address", &config.address);
    }

    fn init(self, config: MetricsConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let declared = Arc::new(Declared::default());
        let findings = declare(config.collect, &declared);
        cx.check(move |_| findings);
        reload::hook(cx, &declared);
        cx.contribute(methods::methods(&declared));
        let page = Page {
            sources: cx.collect::<MetricSource>(),
            pools: cx.collect::<Pool>(),
            declared,
        };
        cx.run(async move |running| {
            let listener =
                Listener::bind(&config.address, "metrics.address", Access::Umask).await?;
            tracing::info!(target: "metrics", "listening on {}", listener.address());
            running.ready.release();
            endpoint::serve(Self::NAME, listener, page::routes(page), &running.stop).await;
            Ok(())
        });
        Ok(())
    }
}

/// Adds what the section declares; what is wrong or odd about it.
fn declare(collect: BTreeMap<String, CollectorConfig>, declared: &Declared) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (name, collector) in collect {
        let path = format!("{}.collect.{name}", Metrics::NAME);
        for idle in collector.without_effect() {
            let path = format!("{path}.{idle}");
            let text = format!("has no effect on a {}", collector.kind.text());
            findings.push(Diagnostic::warning(text).path(path));
        }
        if let Err(error) = declared.declare(&name, &collector.into()) {
            findings.push(Diagnostic::error(error.to_string()).path(path));
        }
    }
    findings
}
