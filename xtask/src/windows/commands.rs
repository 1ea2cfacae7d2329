//! Commands that serve nothing.

use std::fs;

use anyhow::{Result, ensure};

use super::{cross::Programs, wine::Wine};
use crate::repo;

/// A mistake that is found, and said with its place.
const MISTAKEN: &str =
    "version: '3'\nhttp:\n  address: 127.0.0.1:8080\n  pool:\n    num_workers: many\n";

/// Sockets and users of Unix: refused in words.
const UNIX_ONLY: &str = "version: '3'\nserver:\n  command: echo-worker\n  user: www-data\nhttp:\n  address: 127.0.0.1:8080\n";

/// Runs them.
///
/// # Errors
/// When one does not say what it should.
pub(super) fn check(wine: &Wine, programs: &Programs) -> Result<()> {
    let dir = tempfile::Builder::new().prefix("windows-").tempdir()?;
    let folder = dir.path();
    let version = repo::version();
    for (program, arguments, code, expected) in [
        (&programs.rr, &["--version"][..], 0, version),
        (&programs.builder, &["--version"], 0, version),
        (&programs.rr, &["schema"], 0, "\"num_workers\""),
        (
            &programs.rr,
            &["config", "explain", "http.pool.num_workers"],
            0,
            "num_workers",
        ),
        (&programs.rr, &["stop"], 1, "there is no file"),
    ] {
        say(
            &arguments.join(" "),
            &wine.run(program, folder, arguments, code)?,
            expected,
        )?;
    }
    for (text, code, expected) in [
        ("version: '3'\n", 0, ""),
        (MISTAKEN, 2, "num_workers: many"),
        (UNIX_ONLY, 2, "cannot be run as another user on Windows"),
    ] {
        fs::write(folder.join(".rr.yaml"), text)?;
        say(
            "config check",
            &wine.run(&programs.rr, folder, &["config", "check"], code)?,
            expected,
        )?;
    }
    Ok(())
}

fn say(what: &str, said: &str, expected: &str) -> Result<()> {
    ensure!(
        said.contains(expected),
        "`{what}` says nothing of `{expected}`:\n{said}"
    );
    println!("{what}: {}", said.lines().next().unwrap_or_default());
    Ok(())
}
