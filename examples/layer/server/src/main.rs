//! The server of `../manifest.toml`, written by hand, with a path that Rust answers itself.

use std::process::ExitCode;

use axum::routing::get;
use rr_core::Server;
use rr_services::{Http, Logs, MiddlewareExt as _};
use tower_http::normalize_path::NormalizePathLayer;

fn main() -> ExitCode {
    Server::builder()
        .name(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_VERSION"))
        .service(Logs)
        .service(rr_services::Server)
        .service(Http::new().route("/health", get(async || "fine\n")))
        .middleware(NormalizePathLayer::trim_trailing_slash())
        .main()
}
