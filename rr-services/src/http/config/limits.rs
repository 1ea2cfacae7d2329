//! The sections `http.timeouts` and `http.limits`: what one client may take from the others.

use rr_core::config::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

/// How long connections may wait, and for what; 0 is without end. None of them cuts a response
/// that is being sent and taken.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TimeoutsConfig {
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the head of a request may take, from its first byte to its last.
    pub read_header: Duration,
    /// How long a connection stays open between two requests. Longer than that of a proxy in front, or it will use connections that are just being closed.
    pub idle: Duration,
    /// How long a client may take nothing of what is being sent to it.
    pub write: Duration,
}

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            read_header: Duration::from_secs(60),
            idle: Duration::from_secs(300),
            write: Duration::from_secs(60),
        }
    }
}

/// How much a connection, and the head of a request, may take.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LimitsConfig {
    /// Connections at a time, on all addresses together; more of them wait in the system's queue. 0, the default, is three quarters of the files that the process may open.
    pub connections: u32,
    /// Requests on one connection, which then is closed in good order; 0 is no limit.
    pub requests_per_connection: u32,
    /// Bytes of the head of a request; a longer one is answered 431.
    #[schemars(range(min = 1024, max = 16_777_216))]
    pub header_size: u32,
    /// Header fields of a request; more are answered 431.
    #[schemars(range(min = 1, max = 10_000))]
    pub header_count: u32,
    /// Bytes of the path and query of a request; longer ones are answered 414.
    #[schemars(range(min = 1, max = 65_534))]
    pub uri_length: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections: 0,
            requests_per_connection: 0,
            header_size: 64 << 10,
            header_count: 100,
            uri_length: 16 << 10,
        }
    }
}
