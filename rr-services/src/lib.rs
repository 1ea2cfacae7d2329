//! The services of rr: one module and one feature each. Knows neither arguments nor signals.

#[cfg(feature = "coding")]
mod content_coding;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "headers")]
mod headers;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "informer")]
mod informer;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "parsed")]
mod parsed;
#[cfg(feature = "resetter")]
mod resetter;
#[cfg(feature = "rpc")]
pub mod rpc;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "static")]
mod static_files;

#[cfg(feature = "headers")]
pub use headers::Headers;
#[cfg(feature = "http")]
pub use http::{Http, MiddlewareExt};
#[cfg(feature = "informer")]
pub use informer::Informer;
#[cfg(feature = "logs")]
pub use logs::Logs;
#[cfg(feature = "resetter")]
pub use resetter::Resetter;
#[cfg(feature = "rpc")]
pub use rpc::Rpc;
#[cfg(feature = "server")]
pub use server::Server;
#[cfg(feature = "static")]
pub use static_files::Static;
