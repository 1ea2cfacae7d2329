//! `list`: the services and middleware of rr, a line each, and what the manifest has of its own.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    arguments::{ResultArguments, StockArguments},
    voice::{Format, say, say_json, shown},
};
use crate::{
    krate::Offer,
    manifest,
    project::{Failure, Project},
    stock::Stock,
};

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// The manifest [default: manifest.toml, if there is one]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    stock: StockArguments,
    #[command(flatten)]
    result: ResultArguments,
}

pub(super) fn list(arguments: &ListArguments) -> Result<ExitCode, Failure> {
    let folders = arguments.stock.folders(None)?;
    let default = Path::new(manifest::DEFAULT);
    let manifest = match &arguments.manifest {
        Some(named) => Some(named.as_path()),
        None => default.is_file().then_some(default),
    };
    let project = manifest.map(|it| Project::open(it, &folders)).transpose()?;
    let located;
    let stock = match &project {
        Some(project) => &project.stock,
        None => {
            let chosen = folders.stock.as_deref();
            located = Stock::locate(Path::new("."), chosen, &folders.cache)?;
            &located
        }
    };
    match arguments.result.format {
        Format::Text => as_text(stock, project.as_ref()),
        Format::Json => say_json(&as_json(stock, project.as_ref())),
    }
    Ok(ExitCode::SUCCESS)
}

/// What the manifest has taken is marked with a star.
fn as_text(stock: &Stock, project: Option<&Project>) {
    let offers = &stock.services.services;
    let (middleware, services): (Vec<_>, Vec<_>) = offers.iter().partition(|it| stock.wraps(it));
    for (title, offers) in [("services", services), ("middleware", middleware)] {
        say(&format!("{title} of rr {}", stock.version));
        for offer in offers {
            let mark = if is_listed(offer, project) { "*" } else { " " };
            let about = offer.about.as_deref().unwrap_or_default();
            let needs = match offer.needs.as_slice() {
                [] => String::new(),
                needs => format!(" (needs {})", needs.join(", ")),
            };
            say(format!("{mark} {:<17} {about}{needs}", offer.name).trim_end());
        }
    }
    let Some(project) = project else { return };
    say(&format!(
        "of its own in {}",
        shown(&project.plan.source.path)
    ));
    for line in own(project, stock) {
        let about = line.about.as_deref().unwrap_or(line.code.text());
        let (name, kind) = match (&line.name, &line.krate) {
            (Some(name), _) => (name.as_str(), ""),
            (None, krate) => (krate.as_deref().unwrap_or("-"), " (middleware)"),
        };
        say(&format!("* {name:<17} {about}{kind}"));
    }
}

fn as_json(stock: &Stock, project: Option<&Project>) -> Value {
    let offers = stock.services.services.iter().map(|it| {
        json!({
            "name": it.name,
            "kind": if stock.wraps(it) { "middleware" } else { "service" },
            "about": it.about,
            "section": it.section(),
            "needs": it.needs,
            "listed": is_listed(it, project),
        })
    });
    let own = project.map(|project| {
        let lines = own(project, stock).map(|it| {
            json!({
                "name": it.name,
                "kind": if it.name.is_some() { "service" } else { "middleware" },
                "crate": it.krate,
                "about": it.about,
                "code": it.code.text(),
                "line": it.place.line(),
            })
        });
        lines.collect::<Vec<_>>()
    });
    json!({ "rr": stock.version.to_string(), "stock": offers.collect::<Vec<_>>(), "own": own })
}

fn is_listed(offer: &Offer, project: Option<&Project>) -> bool {
    project.is_some_and(|it| it.plan.services.iter().any(|it| it.code == offer.code))
}

fn own<'a>(
    project: &'a Project,
    stock: &'a Stock,
) -> impl Iterator<Item = &'a crate::resolve::Line> {
    let plan = &project.plan;
    let lines = plan.services.iter().chain(&plan.middleware);
    lines.filter(|line| {
        let mut offers = stock.services.services.iter();
        !offers.any(|it| it.code == line.code)
    })
}
