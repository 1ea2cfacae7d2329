//! The server `rr`, generated from `manifest.toml`: change that and build again.

use std::process::ExitCode;

use rr_core::Server;

fn main() -> ExitCode {
    Server::builder()
        .name(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_VERSION"))
        .service(rr_services::Logs) // manifest.toml:7
        .service(rr_services::Otel) // manifest.toml:9
        .service(rr_services::Rpc) // manifest.toml:10
        .service(rr_services::Lock) // manifest.toml:12
        .service(rr_services::AppLogger) // manifest.toml:13
        .service(rr_services::Status) // manifest.toml:14
        .service(rr_services::Metrics) // manifest.toml:15
        .service(rr_services::Server) // manifest.toml:16
        .service(rr_services::Http) // manifest.toml:17
        .service(rr_services::Static) // manifest.toml:18
        .service(rr_services::Headers) // manifest.toml:19
        .service(rr_services::Gzip) // manifest.toml:20
        .service(rr_services::Sendfile) // manifest.toml:21
        .service(rr_services::ProxyIpParser) // manifest.toml:22
        .service(rr_services::TrustedHeaders) // manifest.toml:23
        .service(rr_services::RequestIds) // manifest.toml:24
        .service(rr_services::BasicAuth) // manifest.toml:25
        .service(rr_services::RateLimit) // manifest.toml:26
        .service(rr_services::HttpMetrics) // manifest.toml:27
        .service(rr_services::LiveReload) // manifest.toml:28
        .service(rr_services::Informer) // manifest.toml:29
        .service(rr_services::Resetter) // manifest.toml:30
        .service(rr_services::Supervisor) // manifest.toml:31
        .service(rr_services::Reload) // manifest.toml:32
        .main()
}
