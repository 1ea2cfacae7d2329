//! The PHP library as a package: Composer takes it from a folder of archives, others unpack it.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::tree::{self, Tree};
use crate::repo;

/// What of `php-src` workers need.
const SHIPPED: [&str; 3] = ["README.md", "autoload.php", "src"];

/// The library; its `composer.json` names the version, as no tag of git does it here.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn library(root: &Path) -> Result<Tree> {
    let folder = root.join("php-src");
    let mut library = Tree::default();
    for name in SHIPPED {
        let path = folder.join(name);
        let files = match path.is_dir() {
            true => tree::walk(&path)?,
            false => vec![path],
        };
        for file in files {
            let name = file.strip_prefix(&folder)?.display().to_string();
            library.add(name.replace('\\', "/"), tree::read(&file)?);
        }
    }
    library.add("LICENSE", tree::read(root.join("LICENSE"))?);
    let manifest = tree::read(folder.join("composer.json"))?;
    library.add("composer.json", with_version(&manifest)?);
    Ok(library)
}

fn with_version(manifest: &[u8]) -> Result<String> {
    let mut manifest: Value = serde_json::from_slice(manifest).context("php-src/composer.json")?;
    manifest["version"] = repo::version().into();
    Ok(format!("{manifest:#}\n"))
}
