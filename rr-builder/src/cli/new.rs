//! `new`: a project to begin with, or a crate of a service or a middleware.

use std::{
    env,
    path::{Path, PathBuf, absolute},
    process::ExitCode,
};

use clap::Args;

use super::{arguments::cache, voice::say};
use crate::{
    manifest,
    project::Failure,
    relative::relative,
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
    let here = folder.canonicalize().ok();
    if here.is_some_and(|it| env::current_dir().is_ok_and(|here| here == it)) {
        say("made a project here; next:");
    } else {
        let shown = folder.display();
        say(&format!("made {shown}; next:"));
        say(&format!("  cd {}", typed(&folder.to_string_lossy())));
    }
    say("  rr-builder run");
    say("  curl -i 'http://127.0.0.1:8080/?name=Ada'    # in another terminal");
    Ok(ExitCode::SUCCESS)
}

fn new_crate(folder: &Path, kind: krate::Kind, stock: &Stock) -> Result<ExitCode, Failure> {
    let made = krate::write(folder, kind, stock)?;
    say(&format!("made {}; its tests:", folder.display()));
    let cargo_toml = folder.join("Cargo.toml");
    let cargo_toml = typed(&cargo_toml.to_string_lossy());
    say(&format!("  cargo test --manifest-path {cargo_toml}"));
    match &made.joined {
        Joined::Nothing => {}
        Joined::Added(path) => say(&format!("listed in {}", seen(path).display())),
        Joined::ByHand(path) => say(&format!(
            "list it under `members` in {}, or cargo refuses it",
            seen(path).display()
        )),
    }
    let Some(manifest) = &made.manifest else {
        say("into a server, in its manifest:");
        for line in made.lines.lines() {
            say(&format!("  {line}"));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let manifest = seen(manifest);
    let other = match manifest == Path::new(manifest::DEFAULT) {
        true => String::new(),
        false => format!(" --manifest {}", typed(&manifest.to_string_lossy())),
    };
    say("into the server:");
    let folder = typed(&folder.to_string_lossy());
    say(&format!("  rr-builder add {folder}{other}"));
    if let Some(section) = &made.section {
        let config = manifest.with_file_name(".rr.yaml");
        let config = config.display();
        say(&format!("on, with its defaults, by a line in {config}:"));
        say(&format!("  {section}: {{}}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A path of ours as seen from where we are, if we are above or below it.
fn seen(path: &Path) -> PathBuf {
    match env::current_dir() {
        Ok(here) => relative(&here, path),
        Err(_) => path.to_owned(),
    }
}

/// A word for a shell.
fn typed(word: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "-_./".contains(it);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
