//! The kernel of rr: services and their container, the PHP worker pool, the goridge protocol.

pub mod cli;
pub mod config;
mod contributions;
pub mod goridge;
pub mod lifecycle;
pub mod needs;
pub mod pool;
pub mod relay;
pub mod rpc;
pub mod service;
#[cfg(unix)]
pub mod socket;

pub use contributions::Collection;
pub use service::{BoxError, Init, Running, Service};
