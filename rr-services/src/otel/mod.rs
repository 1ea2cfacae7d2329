//! The `otel` service: traces of requests, of the workers' part in them, and of remote calls.
//!
//! ```text
//! middleware, rpc ── spans ── queue ── delivery ── exporter ── collector
//!                              full: lost, counted     down: tried again, then lost, told once a while
//! ```
//!
//! Spans are made by OpenTelemetry's API and SDK, encoded by its protocol crate. What sends them is
//! our own: the published exporter keeps to itself why it cannot deliver.

mod check;
mod complaints;
mod config;
mod delivery;
mod endpoint;
mod environment;
mod export;
mod jaeger;
mod middleware;
mod propagation;
mod queue;
mod remote_calls;
mod request_span;
mod resource;
mod sampler;
mod target;
mod worker_spans;

use std::sync::Arc;

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use opentelemetry::{InstrumentationScope, trace::TracerProvider as _};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use rr_core::{BoxError, Check, Init, Service, events::Listener, rpc::Called};

use crate::http::Middleware;
use complaints::Complaints;
use config::OtelConfig;
use delivery::{Batching, Delivery};
use environment::{Environment, PROCESS};
use export::Exporter;
use propagation::Propagation;
use queue::queue;
use target::Target;

/// Traces, and the middleware `otel`. List it before what it is to tell of: it ends after that.
#[derive(Debug)]
pub struct Otel;

/// What spans are made with.
#[derive(Debug)]
struct Tracing {
    tracer: SdkTracer,
    propagation: Propagation,
}

impl Service for Otel {
    const NAME: &'static str = "otel";
    type Config = OtelConfig;
    type Needs = ();
    type Offers = ();

    fn check(config: &OtelConfig, cx: &mut Check<'_>) {
        check::check(config, cx);
    }

    fn init(self, config: OtelConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        if PROCESS.flag(&["OTEL_SDK_DISABLED"]) {
            turned_off(cx);
            return Ok(());
        }
        let target = Target::new(&config, &PROCESS)?;
        let batching = Batching::new(&PROCESS, target.timeout)?;
        let resource = resource::resource(&config, &PROCESS)?;
        let (spans, received, lost) = queue(batching.queue);
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler::sampler(&PROCESS)?)
            .with_resource(resource.clone())
            .with_span_processor(spans)
            .build();
        let tracing = Arc::new(Tracing::new(&provider, &PROCESS)?);
        let middleware = Middleware::named(Self::NAME, middleware::layer(&tracing));
        cx.contribute(middleware.passes_bodies());
        cx.contribute(Listener::<Called>::new(remote_calls::listener(&tracing)));
        let exporter = Exporter::new(&target)?;
        cx.run(async move |running| {
            let to = target.describe();
            tracing::info!(target: "otel", "traces go to {to}");
            running.ready.release();
            let delivery = Delivery {
                exporter,
                batching,
                resource: ResourceAttributesWithSchema::from(&resource),
                spans: received,
                lost,
                complaints: Complaints::new(to),
            };
            delivery.run(&running.stop).await;
            Ok(())
        });
        Ok(())
    }
}

/// It may be named in `http.middleware` all the same.
fn turned_off(cx: &mut Init) {
    let pass = from_fn(|request: Request, next: Next| next.run(request));
    cx.contribute(Middleware::named(Otel::NAME, pass).passes_bodies());
    cx.run(async |running| {
        tracing::info!(target: "otel", "there are no traces: the variable `OTEL_SDK_DISABLED` is `true`");
        running.ready.release();
        running.stop.cancelled().await;
        Ok(())
    });
}

impl Tracing {
    fn new(provider: &SdkTracerProvider, environment: &Environment<'_>) -> Result<Self, String> {
        let scope = InstrumentationScope::builder("rr").with_version(env!("CARGO_PKG_VERSION"));
        Ok(Self {
            tracer: provider.tracer_with_scope(scope.build()),
            propagation: Propagation::new(environment)?,
        })
    }
}
