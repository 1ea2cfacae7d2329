//! Cargo's settings beside a manifest: by them `cargo test` and an editor find rr's own crates when
//! they look at a crate of the project alone.

use std::{fs, io, path::Path};

use serde_json::json;

use crate::{
    generate::{literal, render},
    manifest::Location,
    resolve::Plan,
    stock::Stock,
    write,
};

/// Where they lie, seen from the manifest's folder.
pub(crate) const PLACE: &str = ".cargo/config.toml";

const TEMPLATE: &str = include_str!("../../templates/config.toml.hbs");

/// By this line a file is known to be ours.
const MARK: &str = "# Written by rr-builder";

/// Writes them to `path`, if a crate of the project asks a registry for rr's own crates and the
/// user has not written settings of their own.
pub(crate) fn write(path: &Path, plan: &Plan, stock: &Stock) -> io::Result<()> {
    let mut own = plan.dependencies.iter();
    if plan.patched.is_empty() || !own.any(|it| matches!(it.location, Location::Path(_))) {
        return Ok(());
    }
    let packages: Vec<&str> = plan.patched.iter().map(|it| &**it).collect();
    write_for(path, &packages, stock)
}

/// Writes them to `path` for crates that ask a registry for `packages`, unless the user has written
/// settings of their own.
pub(crate) fn write_for(path: &Path, packages: &[&str], stock: &Stock) -> io::Result<()> {
    if path.exists() && !fs::read_to_string(path)?.starts_with(MARK) {
        return Ok(());
    }
    let patches = packages.iter().map(|it| {
        let path = literal(&stock.folder(it).to_string_lossy());
        json!({ "package": it, "path": path })
    });
    let data = json!({ "patches": patches.collect::<Vec<_>>() });
    write::if_changed(path, render(TEMPLATE, &data)).map(drop)
}
