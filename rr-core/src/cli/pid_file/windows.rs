//! A file that one process at a time may open to write: a lock would hinder others from reading it.

use std::{fs::File, io, os::windows::fs::OpenOptionsExt as _, path::Path};

use windows::Win32::{
    Foundation::ERROR_SHARING_VIOLATION,
    Storage::FileSystem::{FILE_SHARE_DELETE, FILE_SHARE_READ},
};

/// The file at `path`, made where there is none; `None` where another process writes it.
pub(super) fn take(path: &Path) -> io::Result<Option<File>> {
    let opened = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(without_writers())
        .open(path);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if is_shared(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a process writes the file at `path`.
pub(super) fn is_taken(_: &File, path: &Path) -> io::Result<bool> {
    let opened = File::options()
        .read(true)
        .share_mode(without_writers())
        .open(path);
    match opened {
        Ok(_) => Ok(false),
        Err(error) if is_shared(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

fn without_writers() -> u32 {
    (FILE_SHARE_READ | FILE_SHARE_DELETE).0
}

fn is_shared(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION.0.cast_signed())
}
