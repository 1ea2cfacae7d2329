//! The `status` service: tells load balancers and whoever restarts servers how the services are.
//!
//! It looks at every worker pool, and asks every [`Probe`] that services contribute.

mod checks;
mod config;
mod message;
mod routes;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use rr_core::{
    BoxError, Check, Init, Service,
    lifecycle::Stop,
    listen::{Access, Listener},
    pool::Pool,
    probe::Probe,
    reconfigure::Change,
    rpc::{Message, Methods, RpcError},
};
use tokio::time::sleep;

use crate::endpoint;
use checks::{Checks, Question};
use config::StatusConfig;
use message::{Request, Response};

/// Health and readiness. List it before the services that it tells of: it ends after them.
#[derive(Debug)]
pub struct Status;

impl Service for Status {
    const NAME: &'static str = "status";
    type Config = StatusConfig;
    type Needs = ();
    type Offers = ();

    fn check(config: &StatusConfig, cx: &mut Check<'_>) {
        cx.listens("address", &config.address);
    }

    fn init(self, config: StatusConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let told = Arc::new(Told {
            checks: Checks {
                pools: cx.collect::<Pool>(),
                probes: cx.collect::<Probe>(),
            },
            terms: ArcSwap::from_pointee(Terms::new(&config)?),
            stopping: Stop::new(),
        });
        cx.contribute(methods(&told));
        let stopped = Arc::clone(&told);
        cx.before_stop(async move {
            stopped.stopping.cancel();
            let delay = stopped.terms.load().drain_delay;
            sleep(delay).await;
        });
        let changed = Arc::clone(&told);
        cx.reconfigure::<Self, _, _>(KEYS, move |anew| {
            let told = Arc::clone(&changed);
            let terms = Terms::new(&anew.after);
            async move {
                let terms = Arc::new(terms?);
                Ok(Change::at_once(move || told.terms.store(terms)))
            }
        });
        cx.run(async move |running| {
            let listener = Listener::bind(&config.address, "status.address", Access::Umask).await?;
            tracing::info!(target: "status", "listening on {}", listener.address());
            running.ready.release();
            endpoint::serve(Self::NAME, listener, routes::routes(told), &running.stop).await;
            Ok(())
        });
        Ok(())
    }
}

/// What the answers are made of.
#[derive(Debug)]
struct Told {
    checks: Checks,
    terms: ArcSwap<Terms>,
    /// The server was asked to stop: no new requests, please.
    stopping: Stop,
}

/// What the section says of them.
#[derive(Debug)]
struct Terms {
    /// The status of a service that is not as it should be.
    unavailable: http::StatusCode,
    /// How long one check may take.
    limit: Duration,
    drain_delay: Duration,
}

impl Terms {
    fn new(config: &StatusConfig) -> Result<Self, String> {
        Ok(Self {
            unavailable: config.unavailable()?,
            limit: Duration::from_secs(config.check_timeout),
            drain_delay: config.drain_delay.into(),
        })
    }
}

impl Told {
    fn unavailable(&self) -> http::StatusCode {
        self.terms.load().unavailable
    }

    fn limit(&self) -> Duration {
        self.terms.load().limit
    }
}

/// What a reload of the configuration can change.
const KEYS: &[&str] = &["check_timeout", "drain_delay", "unavailable_status_code"];

/// The whole answer of a server that stops.
const STOPPING: &str = "service is shutting down";

fn methods(told: &Arc<Told>) -> Methods {
    Methods::new(Status::NAME)
        .method_with("Status", told, async |told, Message(request)| {
            answer(&told, request, Question::Health).await
        })
        .method_with("Ready", told, async |told, Message(request)| {
            answer(&told, request, Question::Readiness).await
        })
}

async fn answer(
    told: &Told,
    Request { plugin }: Request,
    question: Question,
) -> Result<Message<Response>, RpcError> {
    let found = told
        .checks
        .of(std::slice::from_ref(&plugin), told.limit())
        .await;
    let Some((_, condition)) = found.into_iter().next() else {
        return Err(format!("no such plugin: {plugin}").into());
    };
    let wrong = match question {
        Question::Readiness if told.stopping.is_cancelled() => Some(STOPPING.to_owned()),
        question => question.fault(condition),
    };
    let code = match wrong {
        Some(_) => told.unavailable(),
        None => http::StatusCode::OK,
    };
    Ok(Message(Response {
        code: code.as_u16().into(),
        message: wrong.unwrap_or_default(),
    }))
}
