//! The kernel of rr: services and their container, the PHP worker pool, the goridge protocol.

#[cfg(feature = "mimalloc")]
mod allocator;
mod check;
pub mod cli;
pub mod config;
mod container;
mod contributions;
pub mod cores;
pub mod embed;
pub mod events;
pub mod goridge;
#[cfg(unix)]
mod inherited;
pub mod lifecycle;
pub mod listen;
pub mod needs;
pub mod pool;
pub mod probe;
pub mod process;
pub mod reconfigure;
pub mod relay;
pub mod rpc;
mod server;
pub mod service;
#[cfg_attr(windows, path = "socket/windows.rs")]
mod socket;
pub mod succession;
pub mod systemd;
pub mod testing;

pub use check::Check;
pub use container::{RunError, StopSignals, WireError};
pub use contributions::Collection;
pub use server::{Server, ServerBuilder};
pub use service::{BoxError, Init, Off, Running, Service};
