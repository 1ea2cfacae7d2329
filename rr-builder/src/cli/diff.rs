//! `diff`: what another manifest, or another state of it, changes in the binary.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{
    arguments::{ResultArguments, StockArguments},
    voice::{Format, say, say_json},
};
use crate::{
    diff::{self, Change},
    lock::Lock,
    project::{Failure, Project},
};

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The old manifest, or its lock file
    old: PathBuf,
    /// The new manifest, or its lock file
    new: PathBuf,
    #[command(flatten)]
    stock: StockArguments,
    #[command(flatten)]
    result: ResultArguments,
}

pub(super) fn diff(arguments: &DiffArguments) -> Result<ExitCode, Failure> {
    let DiffArguments { old, new, .. } = arguments;
    let is_lock = |it: &Path| it.extension().is_some_and(|it| it == "lock");
    let mut changes = Vec::new();
    let mut locks = [old.clone(), new.clone()];
    if !is_lock(old) || !is_lock(new) {
        let folders = arguments.stock.folders(None)?;
        let [old, new] = [Project::open(old, &folders)?, Project::open(new, &folders)?];
        changes = diff::plans(&old.plan, &new.plan);
        locks = [&old, &new].map(|it| Lock::of(&it.plan.source.path).path);
    }
    let [old, new] = locks.map(|path| {
        let versions = diff::versions(&path);
        versions.map_err(|source| Failure::Read { path, source })
    });
    let (old, new) = (old?, new?);
    let are_locked = old.is_some() && new.is_some();
    if let (Some(old), Some(new)) = (old, new) {
        changes.extend(diff::changes("crate", &old, &new));
    }
    match arguments.result.format {
        Format::Json => say_json(&changes),
        Format::Text => {
            changes.iter().for_each(tell);
            if changes.is_empty() {
                say("nothing changes");
            }
            if !are_locked {
                say("(versions of crates are not compared: one of the two has no lock file)");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(change: &Change) {
    let Change {
        kind,
        name,
        old,
        new,
    } = change;
    let value = |it: &str| match it {
        "" => String::new(),
        it => format!(" {it}"),
    };
    say(&match (old.as_deref(), new.as_deref()) {
        (None, Some(new)) => format!("+ {kind} {name}{}", value(new)),
        (Some(old), None) => format!("- {kind} {name}{}", value(old)),
        (old, new) => {
            let shown = |it: Option<&str>| match it.unwrap_or_default() {
                "" => "none".to_owned(),
                it => it.to_owned(),
            };
            format!("~ {kind} {name} {} -> {}", shown(old), shown(new))
        }
    });
}
