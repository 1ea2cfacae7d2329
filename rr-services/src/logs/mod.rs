//! The `logs` section: which records are written, how and where.

mod channel;
mod config;
mod destination;
mod encode;
mod fields;
mod output;
mod rotate;
mod writer;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use rr_core::{BoxError, Init, Service};
use tokio::task::spawn_blocking;
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};

use channel::Channel;
use config::LogsConfig;
use destination::Writers;
use encode::logger;
use writer::Writer;

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
        let (layer, writers) = Logger::new(config)?;
        cx.run(async move |running| {
            settle(&writers, false);
            running.ready.release();
            running.stop.cancelled().await;
            settle(&writers, true);
            spawn_blocking(move || {
                for it in &writers {
                    it.flush(FAREWELL);
                }
            })
            .await?;
            Ok(())
        });
        // Whoever embeds the server may have installed a subscriber of its own: that one counts.
        tracing::subscriber::set_global_default(Registry::default().with(layer)).ok();
        Ok(())
    }
}

fn settle(writers: &[Arc<Writer>], on: bool) {
    for it in writers {
        it.settle(on);
    }
}

/// Hands each record to its channel.
struct Logger {
    root: Channel,
    /// By the names of loggers.
    channels: HashMap<String, Channel>,
}

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

impl Logger {
    fn new(config: LogsConfig) -> Result<(Self, Vec<Arc<Writer>>), BoxError> {
        let mut writers = Writers::default();
        let (root, channels) = config.split();
        let root = Channel::open(root, &mut writers)?;
        let channels = channels
            .into_iter()
            .map(|(name, config)| Ok((name, Channel::open(config, &mut writers)?)))
            .collect::<Result<_, BoxError>>()?;
        Ok((Self { root, channels }, writers.all()))
    }

    fn channel(&self, metadata: &Metadata<'_>) -> &Channel {
        let named = self.channels.get(logger(metadata.target()));
        named.unwrap_or(&self.root)
    }
}

impl<S: Subscriber> Layer<S> for Logger {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let krate = logger(metadata.target());
        let quiet = QUIET.contains(&krate) && *metadata.level() > tracing::Level::WARN;
        !quiet && *metadata.level() <= self.channel(metadata).level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let all = self.channels.values().chain([&self.root]);
        all.map(|it| it.level).max()
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.channel(event.metadata()).write(event);
    }
}
