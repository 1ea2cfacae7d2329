//! A folder held by a handle that lets nobody else remove it. Whom it belongs to is the system's
//! matter: what is in a user's folder for temporary files, others may not look at.

use std::{
    fs::{self, File, Metadata},
    io,
    os::windows::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rr_core::pool::RunAs;
use windows::Win32::Storage::FileSystem::{
    DELETE, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_GENERIC_READ,
    FILE_SHARE_READ, FILE_SHARE_WRITE,
};

/// A folder that no other server removes as long as this is there.
#[derive(Debug)]
pub(super) struct Hold(File);

/// Makes a folder.
pub(super) fn make(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// The whole path of a folder, in the form that PHP writes paths in.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

/// Nothing is to be given: workers run as whom the server runs as.
pub(in crate::http::uploads) fn give(_: &Path, _: Option<RunAs>) -> io::Result<()> {
    Ok(())
}

/// What is not ours, the system does not let be removed.
pub(super) fn is_ours(_: &Metadata, _: Option<RunAs>) -> bool {
    true
}

impl Hold {
    /// Of a folder that was just made; `None` where another server, sweeping, holds or has removed it.
    pub(super) fn of_own(path: &Path) -> io::Result<Option<Self>> {
        Ok(hold(path).ok().map(Self))
    }

    /// Of one that was found; `None` where a server holds it.
    pub(super) fn of_found(path: &Path, _: &Metadata) -> io::Result<Option<Self>> {
        let held = hold(path).ok();
        Ok(held
            .filter(|it| it.metadata().is_ok_and(|it| it.is_dir()))
            .map(Self))
    }

    /// Removes the folder with all that is in it.
    pub(super) fn remove(self, path: &Path) -> io::Result<()> {
        // A folder that is open cannot be removed.
        drop(self.0);
        fs::remove_dir_all(path)
    }
}

/// Opened so that nobody else can open it in the same way, nor remove it.
fn hold(path: &Path) -> io::Result<File> {
    File::options()
        .access_mode((FILE_GENERIC_READ | DELETE).0)
        .share_mode((FILE_SHARE_READ | FILE_SHARE_WRITE).0)
        .custom_flags((FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT).0)
        .open(path)
}
