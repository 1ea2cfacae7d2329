//! Which rr a crate builds against: a server holds one, so all of its crates must agree.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::de::{DeTable, DeValue};

use super::table;
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
    /// Of a git repository.
    Git,
}

/// The dependencies of `Cargo.toml` that are rr's own crates. What cannot be made out is left to
/// cargo.
pub(super) fn read(source: &Arc<Source>, root: &DeTable<'_>) -> Vec<StockUse> {
    let folder = source.path.parent().unwrap_or(&source.path);
    let mut found = Vec::new();
    for (key, value) in table(root, "dependencies").into_iter().flatten() {
        let (key, place) = (key.get_ref(), value.span());
        let value = value.get_ref();
        let inherited = value.get("workspace").is_some();
        let dependency = match inherited {
            true => inherited_by(folder, key),
            false => dependency(folder, key, value),
        };
        found.extend(dependency.map(|(package, requirement)| StockUse {
            package,
            requirement,
            place: Place {
                source: Arc::clone(source),
                span: place,
            },
        }));
    }
    found
}

/// What `key = { workspace = true }` in `folder` stands for.
fn inherited_by(folder: &Path, key: &str) -> Option<(&'static str, Requirement)> {
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().find_map(|folder| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let root = DeTable::parse(&text).ok()?;
        let workspace = table(root.get_ref(), "workspace")?;
        let value = table(workspace, "dependencies")?.get(key)?;
        dependency(folder, key, value.get_ref())
    })
}

/// The package and the requirement, if it is one of rr's own crates.
fn dependency(
    folder: &Path,
    key: &str,
    value: &DeValue<'_>,
) -> Option<(&'static str, Requirement)> {
    let text = |key: &str| value.get(key).and_then(|it| it.get_ref().as_str());
    let package = text("package").unwrap_or(key);
    let package = stock::PACKAGES.into_iter().find(|it| *it == package)?;
    let version = value.as_str().or(text("version"));
    let requirement = match (text("path"), text("git"), version) {
        (Some(path), _, _) => Requirement::Path(folder.join(path)),
        (None, Some(_), _) => Requirement::Git,
        (None, None, version) => Requirement::Version(version?.to_owned()),
    };
    Some((package, requirement))
}
