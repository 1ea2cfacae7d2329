//! A folder that only its owner looks into, held by a lock on it.

use std::{
    fs::{self, File, Metadata},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown},
    path::{Path, PathBuf},
};

use rr_core::pool::RunAs;

/// A folder that no other server removes as long as this is there.
#[derive(Debug)]
pub(super) struct Hold(File);

/// Makes a folder for the server and its workers alone.
pub(super) fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// The whole path of a folder.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// Gives a file or folder to whom the workers run as.
pub(in crate::http::uploads) fn give(path: &Path, owner: Option<RunAs>) -> io::Result<()> {
    match owner {
        Some(RunAs { uid, gid }) => chown(path, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

/// Whether a folder is this server's, or that of whom its workers run as: where everybody may write,
/// a name alone proves nothing.
pub(super) fn is_ours(found: &Metadata, owner: Option<RunAs>) -> bool {
    let uid = found.uid();
    uid == nix::unistd::geteuid().as_raw() || owner.is_some_and(|it| it.uid == uid)
}

impl Hold {
    /// Of a folder that was just made; `None` where another server, sweeping, holds or has removed it.
    pub(super) fn of_own(path: &Path) -> io::Result<Option<Self>> {
        let lock = File::open(path)?;
        let is_locked = lock.try_lock().is_ok();
        // Locked, but perhaps removed by who held the lock a moment ago.
        let is_there = is_locked && lock.metadata()?.nlink() > 0 && path.is_dir();
        Ok(is_there.then_some(Self(lock)))
    }

    /// Of one that was `found`; `None` where a server holds it, or where it is not that one any more.
    pub(super) fn of_found(path: &Path, found: &Metadata) -> io::Result<Option<Self>> {
        let lock = File::open(path)?;
        let opened = lock.metadata()?;
        let is_same = (opened.dev(), opened.ino()) == (found.dev(), found.ino());
        Ok((is_same && lock.try_lock().is_ok()).then_some(Self(lock)))
    }

    /// Removes the folder with all that is in it.
    pub(super) fn remove(self, path: &Path) -> io::Result<()> {
        let removed = fs::remove_dir_all(path);
        // Held until it is gone.
        drop(self.0);
        removed
    }
}
