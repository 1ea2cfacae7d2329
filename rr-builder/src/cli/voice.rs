//! What is printed, and how: results to standard output, the rest to standard error.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::{Display, Path},
};

use serde::Serialize;

/// How a command prints its result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
}

/// A closed output is no reason to stop.
pub(super) fn say(text: &str) {
    drop(writeln!(io::stdout(), "{text}"));
}

/// A message, an error, progress: all but the result.
pub(super) fn complain(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// The result as one JSON document.
pub(super) fn say_json(value: &impl Serialize) {
    say(&serde_json::to_string_pretty(value).expect("what is printed is JSON"));
}

/// Whether messages have colours.
pub(super) fn colour() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// A path as one would type it.
pub(super) fn shown(path: &Path) -> Display<'_> {
    path.strip_prefix(".").unwrap_or(path).display()
}

/// Bytes in a unit one can imagine.
pub(super) fn size(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    let bytes = bytes as f64;
    match bytes {
        it if it < KIB * KIB => format!("{:.0} KiB", it / KIB),
        it if it < KIB * KIB * KIB => format!("{:.1} MiB", it / KIB / KIB),
        it => format!("{:.1} GiB", it / KIB / KIB / KIB),
    }
}
