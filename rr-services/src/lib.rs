//! The services of rr.

#[cfg(feature = "informer")]
mod informer;
#[cfg(feature = "resetter")]
mod resetter;
#[cfg(feature = "rpc")]
pub mod rpc;

#[cfg(feature = "informer")]
pub use informer::Informer;
#[cfg(feature = "resetter")]
pub use resetter::Resetter;
#[cfg(feature = "rpc")]
pub use rpc::Rpc;
