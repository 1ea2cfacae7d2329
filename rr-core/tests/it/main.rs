//! rr-core from outside, with real PHP processes.

mod pool;
mod pool_faults;
mod puppet;
