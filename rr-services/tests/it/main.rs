//! The services from outside: a whole server, real PHP workers, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access_logs;
mod app_logger;
mod auth;
mod bodies;
mod certificates;
mod client;
mod clients;
mod collector;
mod commands;
mod compression;
mod fastcgi;
mod faults;
mod files;
mod forms;
mod headers;
mod hints;
mod legacy;
mod legacy_rpc;
mod lock;
mod log_files;
mod logging;
mod management;
mod metrics;
mod metrics_page;
mod on_init;
mod processes;
mod programs;
mod proxies;
mod rates;
mod reloads;
mod requests;
mod responses;
mod robustness;
mod routes;
mod sendfile;
mod server;
mod slow_clients;
mod status;
mod systemd;
mod targets;
mod traces;
mod traces_sent;
mod transports;
mod wire;
