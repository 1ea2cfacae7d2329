//! Which rr a crate builds against: a server holds one, so all of its crates must agree.

use std::{path::PathBuf, sync::Arc};

use toml::de::{DeTable, DeValue};

use crate::{
    source::{Place, Source},
    stock,
};

/// A crate's dependency on one of rr's own crates.
#[derive(Debug)]
pub(crate) struct StockUse {
    /// `rr-core` or `rr-services`.
    pub(crate) package: &'static str,
    pub(crate) requirement: Requirement,
    pub(crate) place: Place,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Of a folder, made absolute.
    Path(PathBuf),
    /// Of a registry, in cargo's form.
    Version(String),
    /// `workspace = true`: cargo will find out.
    Workspace,
    /// Of a git repository.
    Git,
}

/// The dependencies of `Cargo.toml` that are rr's own crates.
pub(super) fn read(source: &Arc<Source>, root: &DeTable<'_>) -> Vec<StockUse> {
    let dependencies = root
        .get("dependencies")
        .and_then(|it| it.get_ref().as_table());
    let mut found = Vec::new();
    for (key, value) in dependencies.into_iter().flatten() {
        let renamed = value.get_ref().get("package");
        let package = renamed
            .and_then(|it| it.get_ref().as_str())
            .unwrap_or(key.get_ref());
        let Some(package) = stock::PACKAGES.into_iter().find(|it| *it == package) else {
            continue;
        };
        found.extend(
            requirement(source, value.get_ref()).map(|requirement| StockUse {
                package,
                requirement,
                place: Place {
                    source: Arc::clone(source),
                    span: value.span(),
                },
            }),
        );
    }
    found
}

fn requirement(source: &Source, value: &DeValue<'_>) -> Option<Requirement> {
    let text = |key: &str| value.get(key).and_then(|it| it.get_ref().as_str());
    if let Some(version) = value.as_str() {
        return Some(Requirement::Version(version.to_owned()));
    }
    if let Some(path) = text("path") {
        let folder = source.path.parent().unwrap_or(&source.path).join(path);
        return Some(Requirement::Path(folder));
    }
    if text("git").is_some() {
        return Some(Requirement::Git);
    }
    if let Some(version) = text("version") {
        return Some(Requirement::Version(version.to_owned()));
    }
    value.get("workspace").map(|_| Requirement::Workspace)
}
