//! The sources of rr's own crates that this binary carries, and the folder they are unpacked to.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use toml_edit::{Array, DocumentMut, Item, value};

use super::{PACKAGES, StockError};
use crate::write;

/// Path in the repository and content of every file carried.
pub(super) static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/carried_files.rs"));

/// Unpacks them beneath `cache` and returns the root of the tree. A tree that is there already is
/// mended file by file, so that two builders at once and a damaged cache both end well.
pub(super) fn unpack(cache: &Path) -> Result<PathBuf, StockError> {
    let root = cache.join("stock").join(tree_name());
    for (name, bytes) in FILES {
        let path = root.join(name);
        let trimmed = trim(Path::new(name), bytes);
        write::if_changed(&path, trimmed.as_deref().unwrap_or(bytes))
            .map_err(|source| StockError::Unpack { path, source })?;
    }
    Ok(root)
}

/// One folder for each state of the sources, so that none is ever changed under a build.
fn tree_name() -> String {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), hasher.finish())
}

/// The part of a `Cargo.toml` that a server is built from; `None` for other files.
fn trim(name: &Path, bytes: &[u8]) -> Option<Vec<u8>> {
    let folder = name.parent()?.to_str()?;
    if name.file_name()? != "Cargo.toml" {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let mut document: DocumentMut = text.parse().ok()?;
    match folder {
        "" => trim_workspace(&mut document),
        it if PACKAGES.contains(&it) => trim_package(&mut document),
        _ => return None,
    }
    Some(document.to_string().into_bytes())
}

fn trim_workspace(root: &mut DocumentMut) {
    if let Some(workspace) = root.get_mut("workspace").and_then(Item::as_table_mut) {
        workspace.insert("members", value(Array::from_iter(PACKAGES)));
        workspace.remove("exclude");
    }
}

/// Tests, benches and binaries are not carried, nor what only they need.
fn trim_package(package: &mut DocumentMut) {
    for key in ["bin", "bench", "dev-dependencies", "example", "test"] {
        package.remove(key);
    }
}
