//! Where the RPC server really listens, for those who tell workers.

use std::sync::OnceLock;

use crate::config::Address;

/// The address of the RPC server, known once it is bound: at the latest when a service
/// that needs it runs.
#[derive(Debug)]
pub struct RpcAddress {
    configured: Address,
    bound: OnceLock<Address>,
}

impl RpcAddress {
    /// Not bound yet.
    #[must_use]
    pub const fn new(configured: Address) -> Self {
        Self {
            configured,
            bound: OnceLock::new(),
        }
    }

    /// What a client connects to, such as `tcp://127.0.0.1:6001`: the value of `RR_RPC` for
    /// workers. Before the server is bound: as configured.
    #[must_use]
    pub fn dsn(&self) -> String {
        self.bound.get().unwrap_or(&self.configured).dsn()
    }

    /// As the config says.
    #[must_use]
    pub const fn configured(&self) -> &Address {
        &self.configured
    }

    /// Says where the server listens; the first word counts.
    pub fn bound(&self, address: Address) {
        self.bound.get_or_init(|| address);
    }
}
