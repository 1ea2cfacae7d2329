//! The `http.body` section.

use rr_core::config::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the body of a request may cost, besides `max_request_size`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct BodyConfig {
    /// How long a client may send nothing in the midst of a body; then it is answered 408. 0 is no limit.
    pub timeout: Duration,
    /// Bytes a second that a body has to come with on average, once it takes longer than `timeout`; 0 is no limit.
    pub min_rate: u32,
    /// The most fields of a form, each one a part for multipart forms; one more is answered 413. 0 is no limit.
    pub max_fields: usize,
}

impl Default for BodyConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            min_rate: 240,
            max_fields: 10_000,
        }
    }
}
