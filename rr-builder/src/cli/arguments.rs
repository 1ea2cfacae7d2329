//! What several commands have in common: which manifest, whose crates, where results go.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::Args;

use super::voice::Format;
use crate::{
    manifest,
    project::{Failure, Folders, Project},
};

/// The manifest and where the results of a build go.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    #[command(flatten)]
    pub(super) manifest: ManifestArguments,
    /// Where the results go [default: `build` beside the manifest]
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}

/// The manifest and the crates of rr for it.
#[derive(Debug, Args)]
pub(super) struct ManifestArguments {
    /// The manifest
    #[arg(default_value = manifest::DEFAULT)]
    pub(super) manifest: PathBuf,
    #[command(flatten)]
    pub(super) stock: StockArguments,
}

/// Where rr's own crates come from.
#[derive(Debug, Args)]
pub(super) struct StockArguments {
    /// Take the crates of rr from this checkout
    #[arg(long, value_name = "DIR")]
    pub(super) stock: Option<PathBuf>,
}

/// Whom a result is printed for.
#[derive(Debug, Args)]
pub(super) struct ResultArguments {
    /// How to print the result
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|json"
    )]
    pub(super) format: Format,
}

impl OutputArguments {
    pub(super) fn open(&self) -> Result<Project, Failure> {
        let folders = self.manifest.stock.folders(self.output.as_deref())?;
        Project::open(&self.manifest.manifest, &folders)
    }
}

impl ManifestArguments {
    pub(super) fn open(&self) -> Result<Project, Failure> {
        Project::open(&self.manifest, &self.stock.folders(None)?)
    }
}

impl StockArguments {
    /// Everything that lies outside of the manifest, from the arguments and the environment.
    pub(super) fn folders(&self, output: Option<&Path>) -> Result<Folders, Failure> {
        Ok(Folders {
            cache: cache()?,
            target: named("CARGO_TARGET_DIR"),
            stock: self.stock.clone(),
            output: output.map(Path::to_owned),
        })
    }
}

/// Never a folder that others can write to: what lies in it is compiled and run.
pub(super) fn cache() -> Result<PathBuf, Failure> {
    named("RR_BUILDER_CACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("rr-builder")))
        .or_else(|| Some(named("HOME")?.join(".cache/rr-builder")))
        .or_else(|| Some(named("LOCALAPPDATA")?.join("rr-builder")))
        .ok_or(Failure::NoCache)
}

fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|it| !it.is_empty())?;
    std::path::absolute(value).ok()
}
