//! The server `rr`, generated from `manifest.toml`: change that and build again.

use std::process::ExitCode;

use rr_core::Server;

fn main() -> ExitCode {
    Server::builder()
        .name(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_VERSION"))
        .service(rr_services::Logs) // manifest.toml:4
        .service(rr_services::Http) // manifest.toml:5
        .main()
}
