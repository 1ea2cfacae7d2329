//! A server as a part of a larger program: which services it has, and how it is run and stopped.

use std::path::Path;

use inventory::Inventory;
use rr_core::{
    BoxError, Server, ServerBuilder, StopSignals,
    config::{Config, Diagnostics, Source},
    lifecycle::Stop,
};
use rr_services::{Http, Logs, Rpc};

/// The services, in the order of their start.
#[must_use]
pub fn services() -> ServerBuilder {
    Server::builder()
        .service(Logs)
        .service(rr_services::Server)
        .service(Rpc)
        .service(Http)
        .service(Inventory)
}

/// Serves as `file` says until `stop` resolves; `up` is called when all services are ready.
///
/// # Errors
/// With all mistakes of the file at once, and when a service fails.
pub async fn serve(file: &Path, stop: Stop, up: impl FnOnce()) -> Result<(), BoxError> {
    let source = Source {
        file: file.to_owned(),
        ..Source::default()
    };
    let mut found = Diagnostics::default();
    let env = |name: &str| std::env::var(name).ok();
    let Some(config) = Config::load(&source, &env, &mut found) else {
        return Err(found.to_string().into());
    };
    // Adds what is wrong with single sections.
    let server = services().build(&config, found, false)?;
    let signals = StopSignals {
        stop,
        ..StopSignals::default()
    };
    Ok(server.run(signals, up).await?)
}
