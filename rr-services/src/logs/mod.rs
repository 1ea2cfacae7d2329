//! The `logs` section: which records are written, how and where.

mod config;
mod encode;
mod fields;
mod output;
mod writer;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use rr_core::{BoxError, Init, Service};
use time::UtcDateTime;
use tokio::task::spawn_blocking;
use tracing::{Event, Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};

use config::LogsConfig;
use encode::Encoding;
use fields::Fields;
use output::Output;
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
        let layer = Logger::new(&config)?;
        let writer = Arc::clone(&layer.writer);
        cx.run(async move |running| {
            writer.settle(false);
            running.ready.release();
            running.stop.cancelled().await;
            writer.settle(true);
            spawn_blocking(move || writer.flush(FAREWELL)).await?;
            Ok(())
        });
        // Whoever embeds the server may have installed a subscriber of its own: that one counts.
        tracing::subscriber::set_global_default(Registry::default().with(layer)).ok();
        Ok(())
    }
}

/// Makes each record one line.
struct Logger {
    level: LevelFilter,
    encoding: Encoding,
    writer: Arc<Writer>,
}

/// How long a stop waits for lines that are not written yet.
const FAREWELL: Duration = Duration::from_secs(1);

/// Crates whose details are of no use to whoever runs the server.
const QUIET: [&str; 6] = ["h2", "hyper", "hyper_util", "mio", "tokio_util", "tower"];

impl Logger {
    fn new(config: &LogsConfig) -> Result<Self, BoxError> {
        let outputs: Vec<_> = config
            .output
            .iter()
            .map(|it| Output::open(it))
            .collect::<Result<_, _>>()?;
        let coloured = outputs.iter().all(Output::is_terminal);
        let encoding = config.encoding(coloured);
        let writer = Writer::start(outputs, move |count| dropped(encoding, count))?;
        Ok(Self {
            level: config.level(),
            encoding,
            writer: Arc::new(writer),
        })
    }
}

impl<S: Subscriber> Layer<S> for Logger {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let krate = metadata.target().split("::").next().unwrap_or_default();
        let quiet = QUIET.contains(&krate) && *metadata.level() > tracing::Level::WARN;
        !quiet && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.writer.line(self.encoding.line(event));
    }
}

/// The line that stands for `count` lines.
fn dropped(encoding: Encoding, count: u64) -> String {
    let fields = Fields {
        message: format!("{count} log records were dropped: the log is read too slowly"),
        ..Fields::default()
    };
    encoding.encode(UtcDateTime::now(), Level::WARN, Logs::NAME, fields)
}
