//! The services of rr: one module and one feature each. Knows neither arguments nor signals.

#[cfg(feature = "app")]
mod app;
#[cfg(feature = "basic_auth")]
mod basic_auth;
#[cfg(feature = "coding")]
mod content_coding;
#[cfg(feature = "endpoint")]
mod endpoint;
#[cfg(feature = "exposition")]
mod exposition;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "fingerprint")]
mod fingerprint;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "fields")]
mod header_fields;
#[cfg(feature = "headers")]
mod headers;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http_metrics")]
mod http_metrics;
#[cfg(feature = "informer")]
mod informer;
#[cfg(feature = "live_reload")]
mod live_reload;
#[cfg(feature = "lock")]
mod lock;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "parsed")]
mod parsed;
#[cfg(feature = "paths")]
mod paths;
#[cfg(feature = "peers")]
mod peers;
#[cfg(feature = "http")]
mod positioned;
#[cfg(feature = "proxy_ip_parser")]
mod proxy_ip;
#[cfg(feature = "rate_limit")]
mod rate_limit;
#[cfg(feature = "reload")]
mod reload;
#[cfg(feature = "request_id")]
mod request_id;
#[cfg(feature = "resetter")]
mod resetter;
#[cfg(feature = "rpc")]
pub mod rpc;
#[cfg(feature = "run_as")]
mod run_as;
#[cfg(feature = "sendfile")]
mod sendfile;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "static")]
mod static_files;
#[cfg(feature = "status")]
mod status;
#[cfg(feature = "service")]
mod supervisor;

#[cfg(feature = "app")]
pub use app::AppLogger;
#[cfg(feature = "basic_auth")]
pub use basic_auth::BasicAuth;
#[cfg(feature = "exposition")]
pub use exposition::MetricSource;
#[cfg(feature = "gzip")]
pub use gzip::Gzip;
#[cfg(feature = "headers")]
pub use headers::Headers;
#[cfg(feature = "http")]
pub use http::{Http, MiddlewareExt};
#[cfg(feature = "http_metrics")]
pub use http_metrics::HttpMetrics;
#[cfg(feature = "informer")]
pub use informer::Informer;
#[cfg(feature = "live_reload")]
pub use live_reload::LiveReload;
#[cfg(feature = "lock")]
pub use lock::Lock;
#[cfg(feature = "logs")]
pub use logs::Logs;
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
#[cfg(feature = "otel")]
pub use otel::Otel;
#[cfg(feature = "proxy_ip_parser")]
pub use proxy_ip::{ProxyIpParser, TrustedHeaders};
#[cfg(feature = "rate_limit")]
pub use rate_limit::RateLimit;
#[cfg(feature = "reload")]
pub use reload::Reload;
#[cfg(feature = "request_id")]
pub use request_id::RequestIds;
#[cfg(feature = "resetter")]
pub use resetter::Resetter;
#[cfg(feature = "rpc")]
pub use rpc::Rpc;
#[cfg(feature = "sendfile")]
pub use sendfile::Sendfile;
#[cfg(feature = "server")]
pub use server::Server;
#[cfg(feature = "static")]
pub use static_files::Static;
#[cfg(feature = "status")]
pub use status::Status;
#[cfg(feature = "service")]
pub use supervisor::Supervisor;
