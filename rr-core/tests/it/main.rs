//! rr-core from outside, with real PHP processes.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod pool;
mod pool_faults;
mod pool_resets;
mod puppet;
