//! Where things lie in this repository.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent()
        .expect("xtask is a folder of the workspace")
        .to_owned()
}

/// A shell that stands in [`root`].
pub(crate) fn shell() -> Result<Shell> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    Ok(sh)
}

/// Cargo's target directory: `CARGO_TARGET_DIR`, a `build.target-dir`, or `target`.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into())
}

/// The version that every crate of the workspace has.
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Every text file that git tracks, or would track once added.
pub(crate) fn files(sh: &Shell) -> Result<Vec<File>> {
    let list = cmd!(sh, "git ls-files -z --cached --others --exclude-standard")
        .quiet()
        .read()
        .context("tidy reads the list of files from git: run it in a clone")?;
    let mut files = Vec::new();
    for path in list.split_terminator('\0') {
        let full = sh.current_dir().join(path);
        // Deleted but not yet committed, a link to a folder, or no text: nothing to read.
        let Ok(text) = std::fs::read_to_string(&full) else {
            continue;
        };
        files.push(File::new(path, &text));
    }
    Ok(files)
}

/// A text file of the repository.
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|it| it.to_str())
            .unwrap_or_default()
    }

    /// Whether the file holds tests alone.
    pub(crate) fn is_test(&self) -> bool {
        let lower = self.path.to_lowercase();
        lower.ends_with("/tests.rs")
            || lower.ends_with("_tests.rs")
            || lower.contains("/tests/")
            || lower.contains("/benches/")
    }

    /// Whether the file belongs to a crate that a test works on.
    pub(crate) fn is_fixture(&self) -> bool {
        let below_tests = self.path.split_once("/tests/");
        below_tests.is_some_and(|(_, rest)| rest.contains("/src/"))
    }
}
