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

pub mod cargo;
pub mod cli;
pub mod compile;
pub mod diagnostic;
mod exec;
pub mod generate;
pub mod krate;
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
mod settings;
mod smoke;
pub mod source;
pub mod starter;
pub mod stock;
pub mod versions;
mod write;

pub use project::generate_main;
