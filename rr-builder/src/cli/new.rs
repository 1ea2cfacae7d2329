//! `new`: a project to begin with, or a crate of a service or a middleware.

use std::{
    path::{Path, PathBuf, absolute},
    process::ExitCode,
};

use clap::Args;

use super::{arguments::cache, voice::say};
use crate::{
    project::Failure,
    starter::{self, krate, workspace::Joined},
    stock::Stock,
};

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// The folder to make
    folder: PathBuf,
    /// Begin a crate with a service instead, called like the folder
    #[arg(long)]
    service: bool,
    /// Begin a crate with a middleware instead, called like the folder
    #[arg(long, conflicts_with = "service")]
    middleware: bool,
}

pub(super) fn new(arguments: &NewArguments) -> Result<ExitCode, Failure> {
    let folder = &arguments.folder;
    let absolute = absolute(folder).unwrap_or_default();
    let stock = Stock::locate(absolute.parent().unwrap_or(&absolute), None, &cache()?)?;
    match (arguments.service, arguments.middleware) {
        (true, _) => new_crate(folder, krate::Kind::Service, &stock),
        (_, true) => new_crate(folder, krate::Kind::Middleware, &stock),
        _ => new_project(folder, &stock),
    }
}

fn new_project(folder: &Path, stock: &Stock) -> Result<ExitCode, Failure> {
    starter::write(folder, stock)?;
    let shown = folder.display();
    say(&format!("made {shown}; next:"));
    say(&format!("  rr-builder run {shown}/manifest.toml"));
    Ok(ExitCode::SUCCESS)
}

fn new_crate(folder: &Path, kind: krate::Kind, stock: &Stock) -> Result<ExitCode, Failure> {
    let made = krate::write(folder, kind, stock)?;
    let shown = folder.display();
    say(&format!("made {shown}; its tests:"));
    say(&format!("  cargo test --manifest-path {shown}/Cargo.toml"));
    match &made.joined {
        Joined::Nothing => {}
        Joined::Added(path) => say(&format!("listed in {}", path.display())),
        Joined::ByHand(path) => say(&format!(
            "list it under `members` in {}, or cargo refuses it",
            path.display()
        )),
    }
    match &made.manifest {
        Some(path) => say(&format!("into the server, in {}:", path.display())),
        None => say("into a server, in its manifest:"),
    }
    for line in made.lines.lines() {
        say(&format!("  {line}"));
    }
    Ok(ExitCode::SUCCESS)
}
