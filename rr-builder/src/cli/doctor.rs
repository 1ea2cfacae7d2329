//! `doctor`: is everything there that a build and a server need?

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{
    arguments::{ResultArguments, StockArguments, cache},
    voice::{Format, say, say_json},
};
use crate::{
    doctor::{self, Patient},
    manifest::{self, Manifest},
    project::Failure,
    stock::Stock,
};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// The manifest, whose folder and target count [default: manifest.toml, if there is one]
    manifest: Option<PathBuf>,
    /// The configuration whose addresses must be free [default: .rr.yaml beside the manifest]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    stock: StockArguments,
    #[command(flatten)]
    result: ResultArguments,
}

pub(super) fn doctor(arguments: &DoctorArguments) -> Result<ExitCode, Failure> {
    let path = arguments.manifest.as_deref();
    let default = Path::new(manifest::DEFAULT);
    let path = path.or_else(|| default.is_file().then_some(default));
    let manifest = path.map(Manifest::read).transpose()?;
    let folder = manifest.as_ref().map_or(Path::new("."), Manifest::folder);
    let folders = arguments.stock.folders(None)?;
    let beside = folder.join(".rr.yaml");
    let config = arguments.config.as_deref();
    let target = manifest.as_ref().and_then(|it| it.build.target.as_ref());
    let findings = doctor::examine(&Patient {
        stock: &Stock::locate(folder, folders.stock.as_deref(), &folders.cache)?,
        target: target.map(|it| it.get_ref().as_str()),
        cache: &cache()?,
        config: config.or_else(|| beside.is_file().then_some(&beside)),
    });
    match arguments.result.format {
        Format::Json => say_json(&findings),
        Format::Text => {
            for it in &findings {
                let mark = if it.ok { "ok " } else { "BAD" };
                say(&format!("{mark} {:<25} {}", it.what, it.found));
                if let Some(help) = &it.help {
                    say(&format!("    help: {help}"));
                }
            }
        }
    }
    Ok(match findings.iter().all(|it| it.ok) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
