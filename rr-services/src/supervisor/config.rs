//! The `service` section: programs by their name.

use std::{collections::BTreeMap, time};

use rr_core::config::{CommandLine, Duration};
use schemars::JsonSchema;
use serde::Deserialize;

/// How long a program waits until it is started again, where nobody says: seconds.
pub(super) const RESTART: u64 = 30;
/// How long it may take to stop, where nobody says: seconds.
pub(super) const STOP: u64 = 5;

/// Programs that run beside the workers, by name.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SupervisorConfig(pub BTreeMap<String, ProgramConfig>);

/// One program: `service.NAME`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct ProgramConfig {
    /// The command, split at spaces. No shell is involved.
    pub command: CommandLine,
    /// How many of it run side by side; 0 is one.
    #[serde(default)]
    #[schemars(range(max = 2048))]
    pub process_num: u32,
    /// How long a process may run; then it is stopped, and started again with `remain_after_exit`. 0 is no limit.
    #[serde(default = "no_limit")]
    pub exec_timeout: Duration,
    /// Whether a process that has ended, in whatever way, is started again.
    #[serde(default)]
    pub remain_after_exit: bool,
    /// Seconds between the end of a process and its next start; 0 is 30.
    #[serde(default)]
    pub restart_sec: u64,
    /// Seconds between the SIGINT that asks a process to end and the SIGKILL that ends it; 0 is 5.
    #[serde(default)]
    pub timeout_stop_sec: u64,
    /// Environment variables on top of the server's; names are upper-cased.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The user that it runs as. The server must run as root then.
    #[serde(default)]
    pub user: Option<String>,
    /// Whether its output is logged by a logger of its own, `service.NAME`, rather than `service`.
    #[serde(default)]
    pub service_name_in_log: bool,
}

fn no_limit() -> Duration {
    Duration::from_secs(0)
}

/// `seconds`, where that is no zero.
pub(super) fn seconds_or(seconds: u64, default: u64) -> time::Duration {
    match seconds {
        0 => time::Duration::from_secs(default),
        // What is longer than a century is for ever, and must not overflow a clock.
        seconds => time::Duration::from_secs(seconds.min(100 * 365 * 86_400)),
    }
}
