//! The kernel of rr.

pub mod config;
