//! The lock file beside a manifest: the versions of all crates, and what else decides on the bytes of
//! a server. It is made to be kept under version control, as `build/` is not.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{cargo::Cargo, stock::Stock, write};

/// The words its first line begins with.
const HEAD: &str = "# rr-builder ";

/// The lock file of a manifest.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// Why a build that must be the same cannot be.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is none.
    #[error(
        "there is no lock file `{0}`\n\
         help: build once without `--locked`, and keep the file under version control"
    )]
    Missing(PathBuf),
    /// It was made by other tools.
    #[error(
        "the lock file `{path}` was made by {theirs}, this is {ours}\n\
         help: take the same tools, or build without `--locked` to renew it"
    )]
    OtherTools {
        /// The file.
        path: PathBuf,
        /// What made it.
        theirs: String,
        /// What would use it.
        ours: String,
    },
}

impl Lock {
    /// That of `manifest`: `manifest.lock` for `manifest.toml`.
    pub(crate) fn of(manifest: &Path) -> Self {
        Self {
            path: manifest.with_extension("lock"),
        }
    }

    /// Refuses what would not give the same server: no lock file, or other tools.
    pub(crate) fn check(&self, stock: &Stock, cargo: &Cargo) -> Result<(), LockError> {
        let path = self.path.clone();
        let Ok(text) = fs::read_to_string(&path) else {
            return Err(LockError::Missing(path));
        };
        let theirs = text.lines().next().and_then(|it| it.strip_prefix("# "));
        let theirs = theirs.unwrap_or("something else").to_owned();
        let ours = tools(stock, cargo);
        match theirs == ours {
            true => Ok(()),
            false => Err(LockError::OtherTools { path, theirs, ours }),
        }
    }

    /// Lets the crate in `folder` begin with the versions that are locked, if any are.
    pub(crate) fn restore(&self, folder: &Path) -> io::Result<()> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let body = match text.split_once('\n') {
            Some((head, body)) if head.starts_with(HEAD) => body,
            _ => &text,
        };
        write::if_changed(&folder.join("Cargo.lock"), body).map(drop)
    }

    /// Keeps the versions that the crate in `folder` was built with.
    pub(crate) fn save(&self, folder: &Path, stock: &Stock, cargo: &Cargo) -> io::Result<()> {
        let body = fs::read_to_string(folder.join("Cargo.lock"))?;
        let text = format!("# {}\n{body}", tools(stock, cargo));
        write::if_changed(&self.path, text).map(drop)
    }
}

/// What besides the manifest and its crates decides on the bytes of a server.
fn tools(stock: &Stock, cargo: &Cargo) -> String {
    format!("rr-builder {} with Rust {}", stock.state(), cargo.version)
}
