//! Types for settings that have a unit or a syntax of their own. Each is read with `FromStr` too.

mod address;
mod command;
mod duration;
mod megabytes;

pub use self::{
    address::{Address, AddressError},
    command::{CommandLine, CommandLineError},
    duration::{Duration, DurationError},
    megabytes::Megabytes,
};

use super::{Diagnostic, node::Node};

/// What a type has to say about a value that it accepts.
pub(super) fn advice(type_name: &str, node: &Node) -> Option<Diagnostic> {
    match type_name {
        duration::TYPE_NAME => duration::advice(node),
        _ => None,
    }
}

/// A text that the type accepts, to go on with where the real one is faulty.
pub(super) fn sample(type_name: &str) -> Option<&'static str> {
    match type_name {
        address::TYPE_NAME => Some(":0"),
        command::TYPE_NAME => Some("true"),
        duration::TYPE_NAME => Some("0"),
        _ => None,
    }
}
