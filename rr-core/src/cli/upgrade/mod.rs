//! The binary upgrade: this program starts its successor, hands over what it listens on, and ends
//! when its clients have finished.
//!
//! ```text
//! predecessor                                   successor
//!   SIGUSR2: starts it      ── sockets, files ──>  keeps them until they are bound
//!   serves                                         boots: nothing is accepted yet
//!                           <── ready ───────────
//!                           ── take over ───────>  accepts
//!   accepts nothing more    <── taken ───────────
//!   finishes what it has    ── runs http .. ────>  is the server
//!   ends                                           starts what must not run twice
//! ```
//!
//! Up to `taken` the predecessor goes on as if nothing had happened, whatever becomes of the other one.

#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(not(unix), path = "other.rs")]
mod system;

pub(super) use system::Upgrade;

/// What has happened, for `serve` to act upon.
#[derive(Debug)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "nothing else than a start happens there")
)]
pub(super) enum Step {
    /// All services are ready, and nobody serves beside this process: it is the server.
    Serves,
    /// Somebody wants a successor.
    Asked,
    /// There is none: all is as before.
    Failed(String),
    /// The process of this pid is the server from now on.
    Succeeded(u32),
    /// This process was to be a successor, and is not wanted any more.
    Unwanted(String),
}
