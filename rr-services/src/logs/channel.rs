//! One set of settings: which records, how, and the writer of their lines.

use std::sync::Arc;

use rr_core::BoxError;
use time::UtcDateTime;
use tracing::{Event, Level, level_filters::LevelFilter};

use super::{
    config::ChannelConfig,
    destination::{Destination, Style, Writers},
    encode::Encoding,
    fields::Fields,
    writer::{Trouble, Writer},
};

/// Makes each record of its loggers one line.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) level: LevelFilter,
    encoding: Encoding,
    line_ending: String,
    writer: Arc<Writer>,
}

impl Channel {
    pub(super) fn open(config: ChannelConfig, writers: &mut Writers) -> Result<Self, BoxError> {
        let level = config.level();
        let to = match level {
            // What is not written needs no file.
            LevelFilter::OFF => Destination::Plain(Vec::new()),
            _ => config.destination(),
        };
        let about = config.clone();
        let report = move |coloured, trouble| {
            let line = told(about.encoding(coloured), trouble);
            line + &about.line_ending
        };
        let style = Style {
            encoding: config.encoding(false),
            line_ending: config.line_ending.clone(),
            errors: config.err_output.clone(),
        };
        let (writer, coloured) = writers.to(to, style, report)?;
        Ok(Self {
            level,
            encoding: config.encoding(coloured),
            line_ending: config.line_ending,
            writer,
        })
    }

    pub(super) fn write(&self, event: &Event<'_>) {
        let mut line = self.encoding.line(event);
        line.push_str(&self.line_ending);
        self.writer.line(line);
    }
}

/// The line about the log itself.
fn told(encoding: Encoding, trouble: Trouble) -> String {
    let (level, message) = match trouble {
        Trouble::Dropped(count) => (
            Level::WARN,
            format!("{count} log records were dropped: the log is read too slowly"),
        ),
        Trouble::Failed(error) => (
            Level::ERROR,
            format!("the log cannot be written as it should: {error}"),
        ),
    };
    let fields = Fields {
        message,
        ..Fields::default()
    };
    encoding.encode(UtcDateTime::now(), level, "logs", fields)
}
