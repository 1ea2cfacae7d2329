//! The `logs` section: which records are written, how and where.

mod channel;
mod channels;
mod config;
mod destination;
mod encode;
mod fields;
mod output;
mod rotate;
mod writer;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use rr_core::{BoxError, Init, Service, reconfigure::Change};
use tokio::task::spawn_blocking;
use tracing::{
    Event, Metadata, Subscriber, callsite::rebuild_interest_cache, level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};

use channels::Channels;
use config::LogsConfig;
use encode::logger;

/// Log records to stderr, stdout or files. List it first: what is logged before it starts is lost.
#[derive(Debug)]
pub struct Logs;

impl Service for Logs {
    const NAME: &'static str = "logs";
    type Config = LogsConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<LogsConfig> {
        Some(LogsConfig::default())
    }

    fn init(self, config: LogsConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        // Its files are made when they are opened, and a subscriber stays.
        if cx.is_trial() {
            return Ok(());
        }
        let channels = Channels::open(config, None)?;
        let current = Arc::new(ArcSwap::from_pointee(channels));
        let layer = Logger(Arc::clone(&current));
        // Whoever embeds the server may have installed a subscriber of its own: that one counts.
        let subscriber = Registry::default().with(layer);
        if tracing::subscriber::set_global_default(subscriber).is_ok() {
            follow_reloads(cx, &current);
        }
        cx.run(async move |running| {
            current.load().settle(false);
            running.ready.release();
            running.stop.cancelled().await;
            let channels = current.load_full();
            channels.settle(true);
            spawn_blocking(move || channels.flush(FAREWELL)).await?;
            Ok(())
        });
        Ok(())
    }
}

/// The whole section can be another one. Nothing is opened before all services have agreed.
fn follow_reloads(cx: &mut Init, current: &Arc<ArcSwap<Channels>>) {
    let current = Arc::clone(current);
    cx.reconfigure::<Logs, _, _>(&[""], move |anew| {
        let current = Arc::clone(&current);
        let change = Change::new(async move {
            let before = current.load_full();
            let opened = spawn_blocking(move || {
                // What was logged until now stands before what comes.
                before.flush(FAREWELL);
                Channels::open(anew.after, Some(&before))
            });
            let channels = opened.await??;
            channels.settle(false);
            current.store(Arc::new(channels));
            rebuild_interest_cache();
            Ok(())
        });
        async move { Ok(change) }
    });
}

/// Hands each record to its channel.
struct Logger(Arc<ArcSwap<Channels>>);

/// How long a stop waits for lines that are not written yet.
const FAREWELL: Duration = Duration::from_secs(1);

/// Crates whose details are of no use to whoever runs the server.
const QUIET: [&str; 8] = [
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "notify",
    "notify_types",
    "tokio_util",
    "tower",
];

impl<S: Subscriber> Layer<S> for Logger {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let krate = logger(metadata.target());
        let quiet = QUIET.contains(&krate) && *metadata.level() > tracing::Level::WARN;
        !quiet && *metadata.level() <= self.0.load().of(metadata).level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.load().most()
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.load().of(event.metadata()).write(event);
    }
}
