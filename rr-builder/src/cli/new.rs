//! `new`: a project to begin with.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::voice::say;
use crate::{project::Failure, starter};

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// The folder to make
    folder: PathBuf,
}

pub(super) fn new(arguments: &NewArguments) -> Result<ExitCode, Failure> {
    starter::write(&arguments.folder)?;
    let shown = arguments.folder.display();
    say(&format!("made {shown}; next:"));
    say(&format!("  rr-builder run {shown}/manifest.toml"));
    Ok(ExitCode::SUCCESS)
}
