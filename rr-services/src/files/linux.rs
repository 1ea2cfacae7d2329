//! What Linux offers to open a file beneath a folder, and to ask where an open file lies.

use std::{
    ffi::OsStr,
    fs,
    io::{self, ErrorKind, IoSliceMut},
    os::{
        fd::AsRawFd as _,
        unix::{
            ffi::OsStrExt as _,
            fs::{MetadataExt as _, OpenOptionsExt as _},
        },
    },
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
    libc,
};
use rustix::io::{ReadWriteFlags, preadv2};

/// A folder to open files beneath.
pub(super) fn folder(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    let flags = libc::O_PATH | libc::O_DIRECTORY;
    options.read(true).custom_flags(flags).open(path)
}

/// Which file of which file system it is.
pub(super) type Number = (u64, u64);

pub(super) fn number(metadata: &fs::Metadata) -> Option<Number> {
    Some((metadata.dev(), metadata.ino()))
}

/// A descriptor to look at: opening devices and pipes for real may do or wait for something.
pub(super) fn look(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_PATH).open(path)
}

/// Opens a file without following a link; `None` where there is a link on the way, or where the
/// kernel cannot promise that (before 5.6) or is not let (in some sandboxes).
pub(super) fn open_beneath(folder: &fs::File, relative: &Path) -> io::Result<Option<fs::File>> {
    // Nothing waits for the other end of a pipe, and no terminal becomes ours.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let beneath = ResolveFlag::RESOLVE_BENEATH
        | ResolveFlag::RESOLVE_NO_MAGICLINKS
        | ResolveFlag::RESOLVE_NO_SYMLINKS;
    match openat2(
        folder,
        relative,
        OpenHow::new().flags(flags).resolve(beneath),
    ) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::ELOOP | Errno::EXDEV | Errno::EAGAIN | Errno::ENOSYS | Errno::EPERM) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The same file, to be read.
pub(super) fn readable(found: &fs::File) -> io::Result<fs::File> {
    fs::File::open(alias(found))
}

/// Reads what the system has in memory, from the byte `at` on; `None` where it has to wait for a
/// disk, or the file system cannot tell.
pub(super) fn read_at_once(file: &fs::File, bytes: &mut [u8], at: u64) -> Option<usize> {
    preadv2(
        file,
        &mut [IoSliceMut::new(bytes)],
        at,
        ReadWriteFlags::NOWAIT,
    )
    .ok()
}

/// Where an open file lies, every link resolved.
pub(super) fn place(found: &fs::File) -> io::Result<PathBuf> {
    let path = fs::read_link(alias(found))?;
    // How the system marks the name of a file that has none any more.
    match path.as_os_str().as_encoded_bytes().ends_with(b" (deleted)") {
        true => Err(ErrorKind::NotFound.into()),
        false => Ok(path),
    }
}

fn alias(file: &fs::File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// A path in bytes, as PHP writes it.
pub(crate) fn path(bytes: &[u8]) -> Option<PathBuf> {
    Some(OsStr::from_bytes(bytes).into())
}
