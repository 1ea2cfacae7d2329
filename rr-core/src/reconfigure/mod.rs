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
//! Knows no service. What one can apply it says itself:
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
//!
//! use rr_core::{BoxError, Init, Service, reconfigure::Change};
//!
//! /// An oven.
//! struct Bakery;
//!
//! /// The section `bakery`.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct BakeryConfig {
//!     /// In degrees.
//!     heat: u32,
//! }
//!
//! impl Service for Bakery {
//!     const NAME: &'static str = "bakery";
//!     type Config = BakeryConfig;
//!     type Needs = ();
//!     type Offers = ();
//!
//!     fn init(self, config: BakeryConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
//!         let heat = Arc::new(AtomicU32::new(config.heat));
//!         cx.reconfigure::<Self, _, _>(&["heat"], move |anew| {
//!             let (heat, wanted) = (Arc::clone(&heat), anew.after.heat);
//!             async move {
//!                 match wanted {
//!                     0..=300 => Ok(Change::at_once(move || heat.store(wanted, Ordering::Relaxed))),
//!                     _ => Err("`heat` is more than the oven stands: 300 at most".into()),
//!                 }
//!             }
//!         });
//!         Ok(())
//!     }
//! }
//! ```
//!
//! One that runs nothing, as most middleware, implements [`Service::again`](crate::Service::again)
//! instead, and is wired anew.

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
