//! `server.placement`: whether a request stays on the core where it came in.

use std::io;

use rr_core::cores::Cores;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where requests are served and their workers run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// `per_core` where the server has several cores to itself, else `shared`.
    #[default]
    Auto,
    /// All threads serve all requests, and the system chooses where they and the workers run.
    Shared,
    /// A thread for each core serves its share of the connections, by the workers at home there and, when these are busy, by others. Workers whose tasks take less than a quarter of a millisecond of CPU are bound to their core.
    PerCore,
}

impl Placement {
    /// The cores to spread over, where there are any.
    ///
    /// # Errors
    /// When their threads cannot be had.
    pub(super) fn cores(self) -> io::Result<Option<Cores>> {
        match self {
            Self::Shared => Ok(None),
            Self::Auto => Cores::available().map(Cores::start).transpose(),
            Self::PerCore => Cores::start(usize::MAX).map(Some),
        }
    }
}
