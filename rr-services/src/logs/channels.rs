//! All channels of a configuration, and the writers that they share.

use std::{collections::HashMap, time::Duration};

use rr_core::BoxError;
use tracing::{Metadata, level_filters::LevelFilter};

use super::{channel::Channel, config::LogsConfig, destination::Writers, encode::logger};

/// Which channel a record goes to.
#[derive(Debug)]
pub(super) struct Channels {
    root: Channel,
    /// By the names of loggers.
    named: HashMap<String, Channel>,
    writers: Writers,
}

impl Channels {
    /// Opens what they write to. Of `earlier` ones the writers go on that are wanted again.
    ///
    /// # Errors
    /// When a file cannot be opened, or two channels quarrel about one.
    pub(super) fn open(config: LogsConfig, earlier: Option<&Self>) -> Result<Self, BoxError> {
        let mut writers = Writers::after(earlier.map(|it| &it.writers));
        let (root, channels) = config.split();
        let root = Channel::open(root, &mut writers)?;
        let named = channels
            .into_iter()
            .map(|(name, config)| Ok((name, Channel::open(config, &mut writers)?)))
            .collect::<Result<_, BoxError>>()?;
        writers.forget_earlier();
        Ok(Self {
            root,
            named,
            writers,
        })
    }

    pub(super) fn of(&self, metadata: &Metadata<'_>) -> &Channel {
        let named = self.named.get(logger(metadata.target()));
        named.unwrap_or(&self.root)
    }

    /// The least severe records that any of them writes.
    pub(super) fn most(&self) -> Option<LevelFilter> {
        let all = self.named.values().chain([&self.root]);
        all.map(|it| it.level).max()
    }

    /// Whether each line is waited for.
    pub(super) fn settle(&self, on: bool) {
        self.writers.all().for_each(|it| it.settle(on));
    }

    /// Waits until all lines are written, no longer than `limit` for each writer.
    pub(super) fn flush(&self, limit: Duration) {
        for it in self.writers.all() {
            it.flush(limit);
        }
    }
}
