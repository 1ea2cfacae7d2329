//! The `logs` section: which records are written, how and where.

mod config;
mod encode;
mod fields;
mod output;

#[cfg(test)]
mod tests;

use rr_core::{BoxError, Init, Service};
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};

use config::LogsConfig;
use encode::Encoding;
use output::Output;

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

    fn init(self, config: LogsConfig, (): (), _: &mut Init) -> Result<(), BoxError> {
        let layer = Logger::new(&config)?;
        // Whoever embeds the server may have installed a subscriber of its own: that one counts.
        tracing::subscriber::set_global_default(Registry::default().with(layer)).ok();
        Ok(())
    }
}

/// Writes each record as one line.
struct Logger {
    level: LevelFilter,
    encoding: Encoding,
    outputs: Vec<Output>,
}

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
        Ok(Self {
            level: config.level(),
            encoding: config.encoding(coloured),
            outputs,
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
        let line = self.encoding.line(event);
        for output in &self.outputs {
            output.write(line.as_bytes());
        }
    }
}
