//! The server `shop`, generated from `manifest.toml`: change that and build again.

mod app;

use std::process::ExitCode;

use rr_core::Server;
use rr_services::MiddlewareExt as _;

fn main() -> ExitCode {
    Server::builder()
        .name(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_VERSION"))
        .default_config(include_str!("../../../default.yaml")) // manifest.toml:4
        .embed(app::FILES) // manifest.toml:5
        .service(rr_services::Logs) // manifest.toml:12
        .service(rr_services::Http) // manifest.toml:13
        .service(inventory::Inventory) // manifest.toml:15
        .middleware(stamp::StampLayer::new("x-served-by")) // manifest.toml:19
        .command(inventory::Stocktake) // manifest.toml:22
        .main()
}
