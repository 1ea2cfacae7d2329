//! Commands that serve nothing.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::{cross::Programs, wine::Wine};
use crate::repo;

/// Configurations, the code that `rr config check` ends with, and that of `rr serve`; what they say.
const CONFIGURATIONS: [(&str, [i32; 2], &str); 4] = [
    (
        "server: {command: echo-worker, relay: nonsense}",
        [3, 3],
        "found `nonsense`",
    ),
    (
        "server: {command: echo-worker, user: www-data}",
        [3, 4],
        "processes cannot be run as another user on Windows",
    ),
    (
        "server: {command: echo-worker, relay: 'unix://rr.sock'}",
        [0, 4],
        "unix sockets are not supported on Windows",
    ),
    (
        "rpc: {listen: 'unix://rr.sock'}",
        [0, 4],
        "unix sockets are not supported on Windows",
    ),
];

/// Runs them.
///
/// # Errors
/// When one does not say what it should.
pub(super) fn check(wine: &Wine, programs: &Programs) -> Result<()> {
    let dir = tempfile::Builder::new().prefix("windows-").tempdir()?;
    let folder = dir.path();
    let version = repo::version();
    for (program, arguments, code, expected) in [
        (&programs.rr, &["--version"][..], 0, "OS: windows"),
        (&programs.builder, &["--version"], 0, version),
        (&programs.rr, &["schema"], 0, "\"num_workers\""),
        (&programs.rr, &["stop"], 1, "there is no file"),
    ] {
        let said = wine.run(program, folder, arguments, code)?;
        tell(&arguments.join(" "), &said, expected)?;
    }
    for (section, codes, expected) in CONFIGURATIONS {
        fs::write(
            folder.join(".rr.yaml"),
            format!("version: '3'\n{section}\n"),
        )?;
        let [check, serve] = codes;
        let checked = wine.run(&programs.rr, folder, &["config", "check"], check)?;
        let served = wine.run(&programs.rr, folder, &["serve"], serve)?;
        tell(section, &served, expected)?;
        ensure!(check == 0 || checked.contains(expected), "{checked}");
    }
    Ok(())
}

/// Prints what was run and, in a line, what it said.
fn tell(what: &str, said: &str, expected: &str) -> Result<()> {
    let line = said.lines().find(|it| it.contains(expected));
    let line = line.with_context(|| format!("`{what}` says nothing of `{expected}`:\n{said}"))?;
    println!("{what}: {}", line.trim());
    Ok(())
}
