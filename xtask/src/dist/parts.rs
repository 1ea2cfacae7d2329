//! What a binary is made of: every crate that is linked into it, and the standard library.
//!
//! `cargo metadata` tells about crates, but resolves the features of all members together;
//! `cargo tree` of one package resolves them as `cargo build` of that package does.

use std::{collections::HashMap, path::PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use toml::{Table, Value};
use xshell::{Shell, cmd};

use crate::repo;

/// Everything in one binary; the first is the package that it is built from.
pub(crate) struct Parts(pub(crate) Vec<Part>);

/// A crate.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: String,
    pub(crate) repository: Option<String>,
    pub(crate) authors: Vec<String>,
    /// SHA-256 of what crates.io has; none for a member of the workspace.
    pub(crate) checksum: Option<String>,
    /// Where its sources lie; nowhere for the standard library.
    pub(crate) folder: Option<PathBuf>,
    /// Positions of those that it links itself.
    pub(crate) uses: Vec<usize>,
}

impl Parts {
    /// What `package` links on `platform`, a triple of the compiler.
    ///
    /// # Errors
    /// When cargo cannot resolve it, or a crate tells no licence.
    pub(crate) fn of(sh: &Shell, package: &str, platform: &str) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(repo::root())
            .other_options(["--locked".into()])
            .exec()?;
        let checksums = checksums(&sh.read_file("Cargo.lock")?)?;
        let tree = cmd!(
            sh,
            "cargo tree --locked --package {package} --target {platform}
                --edges normal,no-proc-macro --prefix depth --format ' {p}'"
        )
        .quiet()
        .read()?;
        let mut parts = read_tree(&tree)?;
        for part in &mut parts {
            describe(part, &metadata, &checksums)?;
        }
        parts.push(standard_library(sh)?);
        let library = parts.len() - 1;
        for part in &mut parts[..library] {
            part.uses.push(library);
        }
        Ok(Self(parts))
    }
}

/// Crates and who uses whom, from lines as `2 bytes v1.12.2 (*)`: depth, name, version.
fn read_tree(tree: &str) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut positions = HashMap::new();
    let mut way: Vec<usize> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let mut word = || words.next().context("`cargo tree` says too little");
        let depth: usize = word()?.parse()?;
        let name = word()?.to_owned();
        let version = word()?.trim_start_matches('v').to_owned();
        let position = *positions
            .entry((name.clone(), version.clone()))
            .or_insert_with(|| {
                parts.push(Part {
                    name,
                    version,
                    ..Part::default()
                });
                parts.len() - 1
            });
        way.truncate(depth);
        if let Some(&user) = way.last()
            && !parts[user].uses.contains(&position)
        {
            parts[user].uses.push(position);
        }
        way.push(position);
    }
    Ok(parts)
}

fn describe(
    part: &mut Part,
    metadata: &Metadata,
    checksums: &HashMap<(String, String), String>,
) -> Result<()> {
    let (name, version) = (part.name.clone(), part.version.clone());
    let is_it = |it: &&Package| it.name.as_str() == name && it.version.to_string() == version;
    let package = metadata
        .packages
        .iter()
        .find(is_it)
        .with_context(|| format!("`cargo metadata` knows no {name} {version}"))?;
    let licence = package
        .license
        .as_ref()
        .with_context(|| format!("{name} {version} tells no licence"))?;
    // The older way to write it.
    part.licence = licence.replace(" / ", "/").replace('/', " OR ");
    part.repository.clone_from(&package.repository);
    part.authors.clone_from(&package.authors);
    part.checksum = checksums.get(&(name, version)).cloned();
    let folder = package.manifest_path.parent();
    part.folder = folder.map(|it| it.as_std_path().to_owned());
    Ok(())
}

fn checksums(lock: &str) -> Result<HashMap<(String, String), String>> {
    let lock: Table = lock.parse().context("Cargo.lock")?;
    let packages = lock.get("package").and_then(Value::as_array);
    let checksum = |it: &Value| {
        let text = |key: &str| it.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(checksum)
        .collect())
}

fn standard_library(sh: &Shell) -> Result<Part> {
    let about = cmd!(sh, "rustc --version").quiet().read()?;
    let version = about.split_whitespace().nth(1).unwrap_or("unknown");
    Ok(Part {
        name: "std".into(),
        version: version.into(),
        licence: "MIT OR Apache-2.0".into(),
        repository: Some("https://github.com/rust-lang/rust".into()),
        authors: vec!["The Rust Project contributors".into()],
        ..Part::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_becomes_who_uses_whom() {
        let tree = "0 shop v0.1.0 (/srv/shop)\n\
                    1 axum v0.8.9\n\
                    2 bytes v1.12.2\n\
                    1 bytes v1.12.2\n\
                    1 tower v0.5.3 (*)\n\
                    2 axum v0.8.9 (*)\n";
        let parts = read_tree(tree).unwrap();
        let found: Vec<_> = parts
            .iter()
            .map(|it| (it.name.as_str(), it.version.as_str(), it.uses.as_slice()))
            .collect();
        let expected: [(&str, &str, &[usize]); 4] = [
            ("shop", "0.1.0", &[1, 2, 3]),
            ("axum", "0.8.9", &[2]),
            ("bytes", "1.12.2", &[]),
            ("tower", "0.5.3", &[1]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_linked_is_told_and_nothing_else() {
        let sh = repo::shell().unwrap();
        let target = "x86_64-unknown-linux-gnu";
        let Parts(parts) = Parts::of(&sh, "rr-services", target).unwrap();
        let has = |name: &str| parts.iter().any(|it| it.name == name);
        assert_eq!(parts[0].name, "rr-services");
        for linked in ["rr-core", "tokio", "rustls", "std"] {
            assert!(has(linked), "{linked}");
        }
        // A macro, a dev-dependency, one for another platform, one of another member.
        for absent in ["serde_derive", "insta", "windows-sys", "handlebars"] {
            assert!(!has(absent), "{absent}");
        }
        let of_crates_io = parts.iter().filter(|it| it.checksum.is_some()).count();
        assert_eq!(of_crates_io, parts.len() - 3); // rr-services, rr-core, std
    }
}
