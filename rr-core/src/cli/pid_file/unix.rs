//! A lock on a file, which hinders nobody from reading it.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// The file at `path`, made where there is none, and its lock; `None` where another process has that.
pub(super) fn take(path: &Path) -> io::Result<Option<File>> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a process has the lock of `file`.
pub(super) fn is_taken(file: &File, _: &Path) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
