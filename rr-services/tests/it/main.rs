//! The services from outside: a whole server, real PHP workers, real sockets.

mod client;
mod faults;
mod files;
mod requests;
mod responses;
mod server;
