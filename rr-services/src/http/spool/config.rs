//! The `http.spool` section.

use std::path::PathBuf;

use rr_core::config::Megabytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where messages wait that are too large for memory: bodies of requests for a worker, responses for slow clients.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SpoolConfig {
    /// The folder for the files, which have no names there; the system's temporary one by default.
    pub dir: Option<PathBuf>,
    /// What of one message stays in memory, in megabytes.
    pub memory: Megabytes,
    /// What of one streamed response may wait in a file for a slow client, in megabytes, so that its worker is free; beyond that the worker waits. 0: it waits from the start.
    pub disk: Megabytes,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self {
            dir: None,
            memory: Megabytes::new(1),
            disk: Megabytes::new(1024),
        }
    }
}
