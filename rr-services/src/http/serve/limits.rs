//! What one client may take: the settings, checked and with their defaults.

#[cfg_attr(unix, path = "limits/unix.rs")]
#[cfg_attr(windows, path = "limits/windows.rs")]
mod system;

use std::time::Duration;

use rr_core::config;

use crate::http::config::{LimitsConfig, TimeoutsConfig};

/// Limits of every connection.
#[derive(Clone, Debug)]
pub(in crate::http) struct Limits {
    pub(in crate::http) handshake: Option<Duration>,
    pub(in crate::http) head: Option<Duration>,
    pub(in crate::http) idle: Option<Duration>,
    pub(in crate::http) write: Option<Duration>,
    pub(in crate::http) connections: Option<usize>,
    pub(in crate::http) requests: Option<u32>,
    pub(in crate::http) header_size: usize,
    pub(in crate::http) header_count: usize,
    pub(in crate::http) uri_length: usize,
}

impl Limits {
    /// # Errors
    /// The key and the range that it is out of.
    pub(in crate::http) fn new(
        timeouts: &TimeoutsConfig,
        limits: &LimitsConfig,
    ) -> Result<Self, String> {
        Ok(Self {
            handshake: unless_zero(timeouts.handshake),
            head: unless_zero(timeouts.read_header),
            idle: unless_zero(timeouts.idle),
            write: unless_zero(timeouts.write),
            connections: match limits.connections {
                0 => system::files().map(|it| (it - it / 4).max(1)),
                most => Some(most as usize),
            },
            requests: Some(limits.requests_per_connection).filter(|it| *it > 0),
            header_size: within("header_size", limits.header_size, 1024, 16 << 20)?,
            header_count: within("header_count", limits.header_count, 1, 10_000)?,
            uri_length: within("uri_length", limits.uri_length, 1, 65_534)?,
        })
    }
}

fn unless_zero(duration: config::Duration) -> Option<Duration> {
    Some(duration.into()).filter(|it: &Duration| !it.is_zero())
}

fn within(key: &str, value: u32, least: u32, most: u32) -> Result<usize, String> {
    match (least..=most).contains(&value) {
        true => Ok(value as usize),
        false => Err(format!(
            "`http.limits.{key}` is {value}, a number from {least} to {most} is expected"
        )),
    }
}
