//! The same as `linux.rs` where there is no `openat2`: files are followed to where they lie.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};

/// A folder to open files beneath.
pub(super) fn folder(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    let flags = libc::O_DIRECTORY;
    options.read(true).custom_flags(flags).open(path)
}

/// Which file of which file system it is.
pub(super) type Number = (u64, u64);

pub(super) fn number(metadata: &fs::Metadata) -> Option<Number> {
    Some((metadata.dev(), metadata.ino()))
}

/// A descriptor to look at; nothing waits for the other end of a pipe.
pub(super) fn look(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Never: the kernel cannot promise to stay beneath the folder.
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

/// Where an open file lies, every link resolved.
pub(super) fn place(found: &fs::File) -> io::Result<PathBuf> {
    let mut path = PathBuf::new();
    fcntl(found, FcntlArg::F_GETPATH(&mut path))?;
    Ok(path)
}

/// A path in bytes, as PHP writes it.
pub(crate) fn path(bytes: &[u8]) -> Option<PathBuf> {
    Some(OsStr::from_bytes(bytes).into())
}
