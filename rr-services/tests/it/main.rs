//! The services from outside: a whole server, real PHP workers, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod client;
mod commands;
mod faults;
mod files;
mod legacy;
mod logging;
mod management;
mod processes;
mod requests;
mod responses;
mod robustness;
mod server;
