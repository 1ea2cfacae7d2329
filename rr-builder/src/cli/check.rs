//! `check`: is the manifest right, what is the server made of, and does it have what a
//! configuration uses.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::json;

use super::{
    arguments::{ManifestArguments, ResultArguments},
    voice::{Format, complain, say, say_json, shown},
};
use crate::{
    project::{Failure, Project},
    resolve::{Line, Plan},
    stock::Kind,
    usage::{self, Gap},
};

/// As for a manifest that is wrong: it lacks what the configuration uses.
const LACKING: u8 = 3;

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    manifest: ManifestArguments,
    /// Look what this `.rr.yaml` uses and the server would lack [default: the one beside the manifest]
    #[arg(short, long, value_name = "FILE")]
    config: Option<Option<PathBuf>>,
    #[command(flatten)]
    result: ResultArguments,
}

pub(super) fn check(arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let project = arguments.manifest.open()?;
    let beside = || project.plan.source.path.with_file_name(".rr.yaml");
    let config = arguments.config.as_ref();
    let config = config.map(|it| it.clone().unwrap_or_else(beside));
    let gaps = match &config {
        Some(file) => usage::gaps(file, &project.plan, &project.stock)?,
        None => Vec::new(),
    };
    match arguments.result.format {
        Format::Text => as_text(&project, config.as_deref(), &gaps),
        Format::Json => say_json(&as_json(&project, &gaps)),
    }
    Ok(match gaps.iter().any(|it| it.is_mistake) {
        true => ExitCode::from(LACKING),
        false => ExitCode::SUCCESS,
    })
}

fn as_text(project: &Project, config: Option<&Path>, gaps: &[Gap]) {
    let Plan { name, version, .. } = &project.plan;
    say(&format!("{name} {version}"));
    for line in lines(project) {
        let name = line.name.as_deref().unwrap_or("(middleware)");
        let about = line.about.as_deref().unwrap_or_default();
        let text = format!("  {name:<13} {:<31} {about}", line.code.text());
        say(text.trim_end());
    }
    let stock = &project.stock;
    say(&format!(
        "rr {} is that of {}",
        stock.version,
        origin(project)
    ));
    let texts: Vec<String> = gaps.iter().map(|it| it.render(super::colour())).collect();
    if !texts.is_empty() {
        complain(&texts.join("\n\n"));
    }
    if let (Some(file), []) = (config, gaps) {
        say(&format!("{} uses nothing that it lacks", shown(file)));
    }
    let missing: Vec<&str> = gaps.iter().filter_map(|it| it.line.as_deref()).collect();
    if !missing.is_empty() {
        let manifest = shown(&project.plan.source.path);
        complain(&format!(
            "\nadd to `[services]` of {manifest}:\n  {}",
            missing.join("\n  ")
        ));
    }
}

fn as_json(project: &Project, gaps: &[Gap]) -> serde_json::Value {
    let Plan { name, version, .. } = &project.plan;
    let lines = lines(project).map(|it| {
        json!({
            "name": it.name,
            "code": it.code.text(),
            "about": it.about,
            "line": it.place.line(),
        })
    });
    let gaps = gaps.iter().map(|it| {
        json!({
            "file": it.place.source.path,
            "line": it.place.line(),
            "key": it.key,
            "severity": if it.is_mistake { "error" } else { "warning" },
            "message": it.message,
            "add": it.line,
        })
    });
    json!({
        "name": name,
        "version": version.to_string(),
        "rr": project.stock.version.to_string(),
        "made_of": lines.collect::<Vec<_>>(),
        "lacking": gaps.collect::<Vec<_>>(),
    })
}

fn lines(project: &Project) -> impl Iterator<Item = &Line> {
    let Plan {
        services,
        middleware,
        ..
    } = &project.plan;
    services.iter().chain(middleware)
}

fn origin(project: &Project) -> String {
    match project.stock.kind {
        Kind::Checkout => format!("the checkout `{}`", project.stock.root.display()),
        Kind::Carried => "this rr-builder".to_owned(),
    }
}
