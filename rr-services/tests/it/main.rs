//! The services from outside: a whole server, real PHP workers, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access_logs;
mod app_logger;
mod auth;
mod bodies;
mod certificates;
mod client;
mod clients;
mod compression;
mod fastcgi;
mod faults;
mod files;
mod forms;
mod headers;
mod hints;
mod legacy;
mod lock;
mod logging;
mod management;
mod metrics;
mod metrics_page;
mod processes;
mod proxies;
mod rates;
mod requests;
mod responses;
mod robustness;
mod routes;
mod sendfile;
mod server;
mod slow_clients;
mod status;
mod targets;
mod transports;
mod wire;
