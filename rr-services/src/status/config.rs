//! The `status` section.

use http::StatusCode;
use rr_core::config::{Address, Duration};
use schemars::JsonSchema;
use serde::Deserialize;

/// Health and readiness over HTTP: `/health`, `/ready`, `/jobs`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct StatusConfig {
    /// Where to listen: `host:port`, or `unix://path`.
    pub address: Address,
    /// The HTTP status that says no; 400 to 599.
    #[serde(default = "default_unavailable")]
    pub unavailable_status_code: u16,
    /// How long one check may take, in seconds; one that takes longer says no.
    #[serde(default = "default_check_timeout")]
    pub check_timeout: u64,
    /// How long the server goes on taking requests when it is asked to stop: `/ready` says no all the while, for load balancers to send their requests elsewhere. Part of `endure.grace_period`.
    #[serde(default)]
    pub drain_delay: Duration,
}

fn default_unavailable() -> u16 {
    503
}

fn default_check_timeout() -> u64 {
    60
}

impl StatusConfig {
    /// 0 is the default, as it has always been.
    pub(super) fn unavailable(&self) -> Result<StatusCode, String> {
        let code = match self.unavailable_status_code {
            0 => default_unavailable(),
            code => code,
        };
        let status = StatusCode::from_u16(code).ok();
        let says_no = |it: &StatusCode| it.is_client_error() || it.is_server_error();
        status.filter(says_no).ok_or_else(|| {
            format!("`unavailable_status_code` is {code}, a status from 400 to 599 is expected")
        })
    }
}
