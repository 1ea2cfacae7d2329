//! The server `my-shop`, generated from `manifest.toml`: change that and build again.

use std::process::ExitCode;

use rr_core::Server;
use rr_services::MiddlewareExt as _;

fn main() -> ExitCode {
    Server::builder()
        .name(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_VERSION"))
        .service(rr_services::Logs) // manifest.toml:6
        .service(rr_services::headers::Headers) // manifest.toml:7
        .service(rr_services::Http) // manifest.toml:8
        .service(inventory::Inventory) // manifest.toml:9
        .service(geo::Geo) // manifest.toml:10
        .service(world_clock::Clock) // manifest.toml:11
        .middleware(stamp::StampLayer::new("x-\"served\"-by & <co>")) // manifest.toml:15
        .middleware(inventory::Shelf) // manifest.toml:18
        .main()
}
