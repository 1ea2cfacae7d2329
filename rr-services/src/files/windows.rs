//! The same as `linux.rs` where paths have drives and names have rules: files are followed to where
//! they lie, as on BSD.

use std::{
    fs, io,
    os::windows::fs::OpenOptionsExt as _,
    path::{Component, Path, PathBuf},
};

use windows::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;

use super::{final_path::final_path, reserved::is_reserved};

/// A folder to open files beneath.
pub(super) fn folder(path: &Path) -> io::Result<fs::File> {
    let opened = open(path)?;
    match opened.metadata()?.is_dir() {
        true => Ok(opened),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Which file it is cannot be told from what is known of it without opening it.
#[derive(Debug, PartialEq)]
pub(super) enum Number {}

pub(super) fn number(_: &fs::Metadata) -> Option<Number> {
    None
}

/// A handle to look at. What no file may be called is not asked for: a device may do something when
/// it is opened, and a stream is another content of a file.
pub(super) fn look(path: &Path) -> io::Result<fs::File> {
    let refused = path.components().any(|it| match it {
        Component::Normal(name) => name.to_str().is_none_or(is_reserved),
        _ => false,
    });
    match refused {
        true => Err(io::ErrorKind::NotFound.into()),
        false => open(path),
    }
}

/// Never: the system cannot promise to stay beneath the folder.
pub(super) fn open_beneath(_: &fs::File, _: &Path) -> io::Result<Option<fs::File>> {
    Ok(None)
}

/// The same file, to be read.
pub(super) fn readable(found: &fs::File) -> io::Result<fs::File> {
    found.try_clone()
}

/// Never: the system does not tell what it has in memory.
pub(super) fn read_at_once(_: &fs::File, _: &mut [u8], _: u64) -> Option<usize> {
    None
}

/// Where an open file lies, every link resolved, in the long form that no rule of names changes.
pub(super) fn place(found: &fs::File) -> io::Result<PathBuf> {
    final_path(found)
}

/// A path in bytes, as PHP writes it.
pub(crate) fn path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

/// Folders can be opened as well with that flag.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    let flags = FILE_FLAG_BACKUP_SEMANTICS.0;
    options.read(true).custom_flags(flags).open(path)
}
