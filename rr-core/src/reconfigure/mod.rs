//! Another configuration for a server that runs: read again, compared, and applied where services can.
//!
//! ```text
//! rr config reload ── config.Reload ┐
//! SIGHUP ── Hangups ────────────────┴─ Reloader ── reads, checks, compares
//!                                        │ wires anew: services that only contribute (`Service::again`)
//!                                        │ asks: services that apply it themselves (`Init::reconfigure`)
//!                                        └ all agree: applied, service by service; the rest is named
//! ```
//!
//! Knows no service.

mod ask;
mod decide;
mod hook;
mod methods;
mod reloader;
mod report;

#[cfg(test)]
mod tests;

pub use ask::{Reading, Readings, Rereads, rereads};
pub use hook::{Anew, Change};
pub use report::{Changed, Failed, Finding, Outcome, Report};

pub(crate) use ask::{Asker, Orders};
pub(crate) use hook::Hook;
pub(crate) use methods::methods;
pub(crate) use reloader::Reloader;
