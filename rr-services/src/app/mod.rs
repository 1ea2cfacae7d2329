//! The `app` service: what the application logs, over RPC, among the records of the server.

mod message;
mod raw;

use std::sync::Arc;

use rr_core::{
    BoxError, Init, Service,
    rpc::{Message, Methods, Plain, RpcAddress, RpcError},
};
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::{debug, error, info, warn};

use message::{Entry, Written};

/// Log records of the application; in `RR\Client\Logger` of the PHP library.
#[derive(Debug)]
pub struct AppLogger;

/// The application's logger has no settings: `logs` decides what is written and how.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct AppConfig {}

impl Service for AppLogger {
    const NAME: &'static str = "app";
    type Config = AppConfig;
    type Needs = Option<Arc<RpcAddress>>;
    type Offers = ();

    fn absent() -> Option<AppConfig> {
        Some(AppConfig {})
    }

    fn init(self, _: AppConfig, _: Option<Arc<RpcAddress>>, cx: &mut Init) -> Result<(), BoxError> {
        cx.contribute(methods());
        Ok(())
    }
}

/// Records are of the logger `app`. The answer of success is `false`, as ever.
fn methods() -> Methods {
    Methods::new(AppLogger::NAME)
        .method("Error", async |text| {
            plain(text, |it| error!(target: "app", "{it}"))
        })
        .method("Warning", async |text| {
            plain(text, |it| warn!(target: "app", "{it}"))
        })
        .method("Info", async |text| {
            plain(text, |it| info!(target: "app", "{it}"))
        })
        .method("Debug", async |text| {
            plain(text, |it| debug!(target: "app", "{it}"))
        })
        .method("Log", async |Plain(text): Plain<String>| {
            raw::write(text).await.map(|()| Plain(false))
        })
        .method("ErrorWithContext", async |entry| {
            with_context(entry, |it, more| {
                error!(target: "app", { attributes.json = more }, "{it}");
            })
        })
        .method("WarningWithContext", async |entry| {
            with_context(entry, |it, more| {
                warn!(target: "app", { attributes.json = more }, "{it}");
            })
        })
        .method("InfoWithContext", async |entry| {
            with_context(entry, |it, more| {
                info!(target: "app", { attributes.json = more }, "{it}");
            })
        })
        .method("DebugWithContext", async |entry| {
            with_context(entry, |it, more| {
                debug!(target: "app", { attributes.json = more }, "{it}");
            })
        })
        .method("LogWithContext", async |Message(entry): Message<Entry>| {
            let written: Result<_, RpcError> = raw::write(entry.raw()).await;
            written.map(|()| Message(Written {}))
        })
}

fn plain(Plain(text): Plain<String>, log: impl FnOnce(&str)) -> Plain<bool> {
    log(&text);
    Plain(false)
}

/// Hands `log` the message and the attributes, which `logs` takes out of their JSON again: fields
/// with names that are not known before cannot travel otherwise.
fn with_context(Message(entry): Message<Entry>, log: impl FnOnce(&str, &str)) -> Message<Written> {
    let attributes = entry.attributes();
    log(&entry.message, &attributes.to_string());
    Message(Written {})
}
