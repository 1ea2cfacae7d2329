//! Compiles the PHP application server that a manifest describes.
//!
//! ```text
//! manifest.toml ──manifest──> Manifest ──resolve──> Plan ──generate──> Cargo.toml, main.rs
//!                              words      krate,     │                        │ compile (cargo)
//!                              and        stock,     └── rustc: a line of ────┤
//!                              places     remote         main.rs is one of    ▼
//!                                                        the manifest       smoke ──> output
//! ```
//!
//! It knows no service by name: what there is, is read from `[package.metadata.rr]` of the crates,
//! rr's own like any other. It links none of them.

mod advice;
mod archive;
pub mod cargo;
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod diff;
pub mod doctor;
mod edit;
pub mod embed;
mod exec;
pub mod generate;
pub mod krate;
pub mod lock;
pub mod manifest;
mod nearest;
pub mod output;
pub mod progress;
pub mod project;
mod relative;
pub mod remote;
pub mod resolve;
pub mod rust;
mod rustc;
pub mod schema;
mod settings;
mod smoke;
pub mod source;
pub mod starter;
pub mod stock;
pub mod usage;
pub mod vendor;
pub mod versions;
mod wanted;
mod write;

pub use project::generate_main;
