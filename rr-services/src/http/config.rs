//! The `http` section.

mod limits;
mod ssl;

use std::path::PathBuf;

use rr_core::config::{Address, Megabytes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{body::BodyConfig, retry::RetryConfig, spool::SpoolConfig};
use crate::server::{PoolConfig, Unsupported};

pub use limits::{LimitsConfig, TimeoutsConfig};
pub use ssl::{ClientAuth, SslConfig};

/// HTTP in front of PHP workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct HttpConfig {
    /// Where to listen without TLS: `host:port`, `:port` for every interface, `unix://path`, or `fd://name` for a socket that systemd opened. One or several.
    #[serde(default)]
    pub address: Vec<Address>,
    /// The mode of the files of unix sockets, as in `0660`; by default the umask decides.
    #[serde(default)]
    #[schemars(range(max = 777))]
    pub socket_mode: Option<u32>,
    /// Middleware by name; the first listed sees the request first.
    #[serde(default)]
    pub middleware: Vec<String>,
    /// The workers.
    #[serde(default)]
    pub pool: PoolConfig,
    /// How requests are encoded for workers.
    #[serde(default)]
    pub codec: ContextCodec,
    /// Hands form bodies over as they came, unparsed.
    #[serde(default)]
    pub raw_body: bool,
    /// The longest request body, in megabytes; a longer one is answered 413. 0 is 1000, 4095 the most.
    #[serde(default)]
    pub max_request_size: Megabytes,
    /// What bodies of requests may cost.
    #[serde(default)]
    pub body: BodyConfig,
    /// Where large messages wait.
    #[serde(default)]
    pub spool: SpoolConfig,
    /// The status of an answer when a worker fails.
    #[serde(default = "internal_error")]
    #[schemars(range(min = 400, max = 599))]
    pub internal_error_code: u16,
    /// Logs more of each request: query, host, user agent, referer.
    #[serde(default)]
    pub access_logs: bool,
    /// Logs of each request its id (`X-Request-Id`), its worker, and the microseconds that it waited for the worker and that the worker took.
    #[serde(default)]
    pub access_log_timings: bool,
    /// Uploaded files.
    #[serde(default)]
    pub uploads: UploadsConfig,
    /// Requests whose worker is lost.
    #[serde(default)]
    pub retry: RetryConfig,
    /// HTTP/2.
    #[serde(default)]
    pub http2: Http2Config,
    /// TLS.
    #[serde(default)]
    pub ssl: Option<SslConfig>,
    /// FastCGI, for a web server in front.
    #[serde(default)]
    pub fcgi: Option<FcgiConfig>,
    /// How long connections may wait, and for what.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
    /// How much a connection, and the head of a request, may take.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// HTTP/3.
    #[serde(default)]
    pub http3: Option<Unsupported>,
}

fn internal_error() -> u16 {
    500
}

/// How the head of a request is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContextCodec {
    /// What every published PHP package reads.
    #[default]
    Json,
    /// For packages of 2024.1 and later.
    Protobuf,
}

/// Where uploaded files go and which are taken.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UploadsConfig {
    /// The folder for the files while PHP looks at them; the system's temporary one by default.
    pub dir: Option<PathBuf>,
    /// Extensions that are refused, with their dot: `.php`.
    pub forbid: Vec<String>,
    /// Extensions that alone are taken; all where the list is empty. `forbid` wins.
    pub allow: Vec<String>,
}

/// HTTP/2 settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Http2Config {
    /// Serves HTTP/2 without TLS as well, to clients that begin with its preface.
    pub h2c: bool,
    /// Requests at a time on one connection.
    #[schemars(range(min = 1))]
    pub max_concurrent_streams: u32,
}

impl Default for Http2Config {
    fn default() -> Self {
        Self {
            h2c: false,
            max_concurrent_streams: 128,
        }
    }
}

/// FastCGI settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FcgiConfig {
    /// Where to listen, as `http.address`; one or several.
    pub address: Vec<Address>,
}
