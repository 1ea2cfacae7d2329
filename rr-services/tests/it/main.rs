//! The services from outside: a whole server, real PHP workers, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access_logs;
mod bodies;
mod client;
mod faults;
mod files;
mod forms;
mod hints;
mod legacy;
mod logging;
mod management;
mod processes;
mod requests;
mod responses;
mod robustness;
mod server;
mod slow_clients;
mod targets;
