//! Rules for manifests: members inherit from the workspace, and a tree never holds certain packages.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use toml::{Table, Value};

use super::{Finding, law};
use crate::repo::{self, File};

/// Every member takes what [`law::INHERITED`] names, and the lints, from the workspace.
pub(super) fn check_members(files: &[File], findings: &mut Vec<Finding>) {
    let manifest = |path: &str| files.iter().find(|it| it.path == path);
    let Some(root) = manifest("Cargo.toml").and_then(|it| it.text.parse::<Table>().ok()) else {
        return;
    };
    let members = root["workspace"].get("members").and_then(Value::as_array);
    for member in members.into_iter().flatten().filter_map(Value::as_str) {
        if let Some(file) = manifest(&format!("{member}/Cargo.toml")) {
            check_member(file, findings);
        }
    }
}

fn check_member(file: &File, findings: &mut Vec<Finding>) {
    let table: Table = file.text.parse().unwrap_or_default();
    let inherits = |it: Option<&Value>| {
        it.and_then(|it| it.get("workspace"))
            .and_then(Value::as_bool)
            == Some(true)
    };
    for key in law::INHERITED {
        if !inherits(table.get("package").and_then(|it| it.get(key))) {
            let message = format!("write `{key}.workspace = true`");
            findings.push(Finding::error(file, 1, message));
        }
    }
    if !inherits(table.get("lints")) {
        let message = "write `[lints]` with `workspace = true`";
        findings.push(Finding::error(file, 1, message));
    }
}

/// The crates that code of `member` can name, as they are spelled in a path.
pub(super) fn dependencies(files: &[File], member: &str) -> Vec<String> {
    let path = format!("{member}/Cargo.toml");
    let manifest = files.iter().find(|it| it.path == path);
    let table: Table = manifest
        .and_then(|it| it.text.parse().ok())
        .unwrap_or_default();
    let targets = table.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|it| it.values());
    let sections = targets
        .filter_map(Value::as_table)
        .chain([&table])
        .filter_map(|it| it.get("dependencies").and_then(Value::as_table));
    let names = sections.flat_map(|it| it.keys());
    names.map(|it| it.replace('-', "_")).collect()
}

/// Checks [`law::TREES`] against what cargo resolves.
pub(super) fn trees() -> Result<Vec<Finding>> {
    let metadata = MetadataCommand::new()
        .current_dir(repo::root())
        .other_options(["--all-features".into()])
        .exec()
        .context("`cargo metadata` tells what a crate depends on")?;
    let mut findings = Vec::new();
    for (name, never) in law::TREES {
        for (package, through) in tree(&metadata, name)? {
            if never.contains(&package.as_str()) {
                let file = File::new(&format!("{name}/Cargo.toml"), "");
                let message = format!("`{name}` never depends on `{package}` (here by {through})");
                findings.push(Finding::error(&file, 1, message));
            }
        }
    }
    Ok(findings)
}

/// Every package below `name`, dev-dependencies left out, with the way to it.
fn tree(metadata: &Metadata, name: &str) -> Result<Vec<(String, String)>> {
    let resolve = metadata
        .resolve
        .as_ref()
        .context("cargo resolved nothing")?;
    let nodes: HashMap<_, _> = resolve.nodes.iter().map(|it| (&it.id, it)).collect();
    let root = metadata
        .workspace_packages()
        .into_iter()
        .find(|it| it.name.as_str() == name)
        .with_context(|| format!("the workspace has no member `{name}`"))?;
    let mut ways: HashMap<&PackageId, String> = HashMap::from([(&root.id, name.to_owned())]);
    let mut queue = vec![&root.id];
    let mut found = Vec::new();
    while let Some(id) = queue.pop() {
        for dep in &nodes[id].deps {
            let only_dev = dep
                .dep_kinds
                .iter()
                .all(|it| it.kind == DependencyKind::Development);
            if only_dev || ways.contains_key(&dep.pkg) {
                continue;
            }
            let way = format!("{} > {}", ways[id], metadata[&dep.pkg].name);
            found.push((metadata[&dep.pkg].name.to_string(), way.clone()));
            ways.insert(&dep.pkg, way);
            queue.push(&dep.pkg);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    const GOOD: &str = "
        [package]
        version.workspace = true
        edition = { workspace = true }
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [lints]
        workspace = true
    ";

    #[test]
    fn members_inherit() {
        assert_eq!(found(check_member, "a/Cargo.toml", GOOD), [""; 0]);
        let own = GOOD.replace(
            "version.workspace = true\n        edition",
            "version = \"1\"\n        edition",
        );
        assert_eq!(
            found(check_member, "a/Cargo.toml", &own),
            ["1: write `version.workspace = true`"],
        );
        let lax = GOOD.replace("[lints]\n        workspace = true", "");
        assert_eq!(
            found(check_member, "a/Cargo.toml", &lax),
            ["1: write `[lints]` with `workspace = true`"],
        );
    }

    #[test]
    fn only_members_are_held_to_it() {
        let files = [
            File::new("Cargo.toml", "[workspace]\nmembers = [\"a\"]"),
            File::new("a/Cargo.toml", GOOD),
            File::new("examples/Cargo.toml", "[workspace]"),
        ];
        let mut findings = Vec::new();
        check_members(&files, &mut findings);
        assert_eq!(findings, []);
    }

    #[test]
    fn dependencies_are_spelled_as_in_paths() {
        let text =
            "[dependencies]\ntokio-util = \"1\"\n[target.'cfg(unix)'.dependencies]\nnix = \"1\"";
        let mut names = dependencies(&[File::new("a/Cargo.toml", text)], "a");
        names.sort();
        assert_eq!(names, ["nix", "tokio_util"]);
    }
}
