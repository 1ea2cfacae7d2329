//! `vendor`: everything for builds without a network.

use std::process::ExitCode;

use clap::Args;

use super::{
    arguments::ManifestArguments,
    voice::{say, shown},
};
use crate::{project::Failure, vendor};

#[derive(Debug, Args)]
pub(super) struct VendorArguments {
    #[command(flatten)]
    manifest: ManifestArguments,
}

pub(super) fn vendor(arguments: &VendorArguments) -> Result<ExitCode, Failure> {
    let project = arguments.manifest.open()?;
    let count = project.vendor()?;
    let place = project.folder.join(vendor::FOLDER);
    let crates = if count == 1 { "crate" } else { "crates" };
    say(&format!("copied {count} {crates} to {}", shown(&place)));
    say("  builds of this manifest take them from there, and need no network");
    Ok(ExitCode::SUCCESS)
}
