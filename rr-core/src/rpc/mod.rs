//! Remote calls over goridge, frames or the packages before them: typed methods, their registry, connections, a client.
//!
//! Knows no listener and no service: whoever accepts a connection hands it to
//! [`serve_connection`] with the [`Registry`] of all [`Methods`] that services contributed.
//!
//! ```
//! use rr_core::rpc::{Methods, Plain, RpcError};
//!
//! let methods = Methods::new("inventory")
//!     .method("Stock", async |Plain(sku): Plain<String>| match sku.as_str() {
//!         "apple" => Ok(Plain(7)),
//!         _ => Err(RpcError::from(format!("no such article: {sku}"))),
//!     });
//! # drop(methods);
//! ```
//!
//! PHP calls that as `$rpc->call('inventory.Stock', 'apple')`.

mod address;
mod answer;
mod call;
mod called;
mod client;
mod codec;
mod connection;
mod error;
mod load;
mod methods;
mod outbox;
mod packages;
mod registry;
mod sniff;
mod workers;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use tokio::sync::watch;

/// Its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/rpc.md")]
struct Guide;

pub use address::RpcAddress;
pub use called::Called;
pub use client::{CallError, Client};
pub use codec::{Answer, Argument, Message, Plain, Raw};
pub use connection::{ConnectionError, Limits, serve_connection};
pub use error::RpcError;
pub use load::Load;
pub use methods::Methods;
pub use packages::BadPackage;
pub use registry::{BadRequest, DuplicateMethod, Registry};
pub use workers::{Doing, Processes, Worker, Workers};

/// The RoadRunner release whose protocol, configuration and command line this server follows.
/// Clients read it from `rpc.Version` and `rr --version` to find out what they may use.
pub const COMPATIBLE_WITH: &str = "2025.1.15";

/// The whole configuration as the server uses it, as JSON: what `rpc.Config` answers.
/// The server contributes one.
#[derive(Clone)]
pub struct EffectiveConfig(pub(crate) watch::Receiver<Bytes>);

impl EffectiveConfig {
    /// As it is now: a reload changes it.
    #[must_use]
    pub fn json(&self) -> Bytes {
        self.0.borrow().clone()
    }
}
