//! `server.placement`: whether a request stays on the core where it came in.

use rr_core::{BoxError, cores::Cores, relay::RelayAddress};
use schemars::JsonSchema;
use serde::Deserialize;

/// Where requests are served and their workers run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// `per_core` where the server has several cores to itself and workers speak over pipes, else `shared`.
    #[default]
    Auto,
    /// All threads serve all requests, and the system chooses where they and the workers run.
    Shared,
    /// A thread for each core serves its share of the connections, by the workers at home there and, when these are busy, by others. Workers whose tasks take less than a quarter of a millisecond of CPU are bound to their core.
    PerCore,
}

impl Placement {
    /// The cores to spread over, where there are any.
    pub(super) fn cores(self, relay: &RelayAddress) -> Result<Option<Cores>, BoxError> {
        let available = Cores::available();
        match self {
            Self::Shared => Ok(None),
            Self::Auto if *relay != RelayAddress::Pipes => Ok(None),
            Self::Auto => Ok(available.map(Cores::start).transpose()?),
            Self::PerCore if *relay != RelayAddress::Pipes => Err(
                "`server.placement` is `per_core`, which takes workers that speak over pipes\nhelp: remove `server.relay`, or `server.placement`".into(),
            ),
            Self::PerCore => Ok(Some(Cores::start(available.unwrap_or(usize::MAX))?)),
        }
    }
}
