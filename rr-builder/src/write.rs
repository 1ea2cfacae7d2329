//! Files written whole or not at all, and only if their content changes: cargo goes by their times.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process, thread,
};

/// Writes `content` to `path` unless it stands there already; makes the folders above it.
/// True if the file was written.
pub(crate) fn if_changed(path: &Path, content: impl AsRef<[u8]>) -> io::Result<bool> {
    let content = content.as_ref();
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = beside(path);
    let placed = fs::write(&fresh, content).and_then(|()| fs::rename(&fresh, path));
    if placed.is_err() {
        // What matters is why it could not be placed.
        fs::remove_file(&fresh).ok();
    }
    placed.map(|()| true)
}

/// Writes `content` to `path` unless there is something already. True if the file was written.
pub(crate) fn if_absent(path: &Path, content: impl AsRef<[u8]>) -> io::Result<bool> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    if_changed(path, content)
}

/// Puts a copy of the file `from` in the place of `to`. A program that runs from there keeps
/// running.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let fresh = beside(to);
    let placed = fs::copy(from, &fresh).and_then(|_| fs::rename(&fresh, to));
    if placed.is_err() {
        // What matters is why it could not be placed.
        fs::remove_file(&fresh).ok();
    }
    placed
}

/// A name in the same folder that nobody else uses, from where a file can be renamed to `path`.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (process, thread) = (process::id(), thread::current().id());
    path.with_file_name(format!(".{name}.{process}.{thread:?}"))
}
