//! `clean`: what builds left behind, and nothing else.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{
    arguments::OutputArguments,
    voice::{say, shown, size},
};
use crate::{project::Failure, stock::Kind};

#[derive(Debug, Args)]
pub(super) struct CleanArguments {
    #[command(flatten)]
    common: OutputArguments,
    /// Also what is kept for all manifests: compiled crates, archives, crates of older rr-builders
    #[arg(long)]
    all: bool,
}

pub(super) fn clean(arguments: &CleanArguments) -> Result<ExitCode, Failure> {
    let project = arguments.common.open()?;
    let plan = &project.plan;
    let output = &project.output;
    let mut freed = 0;
    let places = [
        output.server(),
        output.binary(&plan.name, plan.target.as_deref()),
        output.schema(),
        output.manifest_schema(),
    ];
    for place in places {
        freed += remove(&place)?;
    }
    // Anything else in it is not ours.
    fs::remove_dir(output.folder()).ok();
    if arguments.all {
        for place in shared(&project)? {
            freed += remove(&place)?;
        }
    }
    say(&format!("freed {}", size(freed)));
    Ok(ExitCode::SUCCESS)
}

/// What is kept in the cache. A target folder elsewhere is cargo's, and others' as well.
fn shared(project: &crate::project::Project) -> Result<Vec<PathBuf>, Failure> {
    let cache = super::arguments::cache()?;
    let mut places = ["target", "archives", "probe"]
        .map(|it| cache.join(it))
        .to_vec();
    let stock = cache.join("stock");
    let in_use = (project.stock.kind == Kind::Carried).then(|| project.stock.root.clone());
    for entry in fs::read_dir(&stock).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.canonicalize().ok() != in_use {
            places.push(path);
        }
    }
    Ok(places)
}

/// Removes a file or a folder, if it is there; how many bytes that frees.
fn remove(place: &Path) -> Result<u64, Failure> {
    let bytes = weigh(place);
    let removed = match place.symlink_metadata() {
        Err(_) => return Ok(0),
        Ok(it) if it.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
    };
    removed.map_err(|source| Failure::Write {
        path: place.to_owned(),
        source,
    })?;
    say(&format!("removed {}", shown(place)));
    Ok(bytes)
}

fn weigh(place: &Path) -> u64 {
    let Ok(metadata) = place.symlink_metadata() else {
        return 0;
    };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let entries: io::Result<Vec<_>> = fs::read_dir(place).and_then(Iterator::collect);
    let entries = entries.unwrap_or_default();
    entries.iter().map(|it| weigh(&it.path())).sum()
}
