//! A folder for the uploads of one run of the server, told by a lock from those of other runs.
//!
//! Who holds the lock is alive. So what a killed server left can be removed by the next one, and
//! what belongs to a living server, in this process namespace or another, cannot.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Mutex,
};

use rr_core::pool::RunAs;

/// How the folders are called in `uploads.dir`.
const PREFIX: &str = "rr-uploads-";

/// How often a folder is tried that another server, sweeping, takes for left over between its
/// creation and its lock.
const ATTEMPTS: usize = 8;

/// A folder that comes into being with the first upload, and goes with the server.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    owner: Option<RunAs>,
    own: Mutex<Option<Own>>,
}

/// A folder of our own, and its lock.
#[derive(Debug)]
struct Own {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    pub(super) fn new(dir: PathBuf, owner: Option<RunAs>) -> Self {
        Self {
            dir,
            owner,
            own: Mutex::new(None),
        }
    }

    /// The folder, made if it is not there (yet, or any more).
    pub(super) fn path(&self) -> io::Result<PathBuf> {
        let mut own = self.own.lock().map_err(|_| io::Error::other("poisoned"))?;
        if let Some(own) = own.as_ref().filter(|it| it.path.is_dir()) {
            return Ok(own.path.clone());
        }
        let made = self.make()?;
        let path = made.path.clone();
        *own = Some(made);
        Ok(path)
    }

    /// Removes the folders of servers that are no more.
    ///
    /// # Errors
    /// When `uploads.dir` cannot be read.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for entry in self.dir.read_dir()?.flatten() {
            if !entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(PREFIX.as_bytes())
            {
                continue;
            }
            let path = entry.path();
            match self.remove_if_left(&path) {
                Ok(true) => tracing::info!(
                    target: "http",
                    "removed `{}`, uploads of a server that did not end in good order",
                    path.display(),
                ),
                Ok(false) => {}
                Err(error) => tracing::debug!(target: "http", %error, "`{}` stays", path.display()),
            }
        }
        Ok(())
    }

    fn remove_if_left(&self, path: &Path) -> io::Result<bool> {
        let found = fs::symlink_metadata(path)?;
        if !found.is_dir() || !self.is_ours(found.uid()) {
            return Ok(false);
        }
        let lock = File::open(path)?;
        let opened = lock.metadata()?;
        let is_same = (opened.dev(), opened.ino()) == (found.dev(), found.ino());
        if !is_same || lock.try_lock().is_err() {
            return Ok(false);
        }
        fs::remove_dir_all(path)?;
        Ok(true)
    }

    /// In a folder that everybody writes to, a name alone proves nothing.
    fn is_ours(&self, uid: u32) -> bool {
        uid == nix::unistd::geteuid().as_raw() || self.owner.is_some_and(|it| it.uid == uid)
    }

    fn make(&self) -> io::Result<Own> {
        for _ in 0..ATTEMPTS {
            let path = self.create()?;
            // To be found again, whatever a worker's working directory is.
            let path = fs::canonicalize(path)?;
            let lock = File::open(&path)?;
            let is_locked = lock.try_lock().is_ok();
            // Locked, but perhaps removed by who held the lock a moment ago.
            if is_locked && lock.metadata()?.nlink() > 0 && path.is_dir() {
                return Ok(Own { path, _lock: lock });
            }
        }
        Err(io::Error::other(format!(
            "folders in `{}` are removed as soon as they are made",
            self.dir.display()
        )))
    }

    /// Only workers may look into it.
    fn create(&self) -> io::Result<PathBuf> {
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .make_in(&self.dir, |path| {
                fs::DirBuilder::new().mode(0o700).create(path)
            })?;
        let path = made.into_temp_path().keep().map_err(io::Error::other)?;
        if let Some(RunAs { uid, gid }) = self.owner {
            std::os::unix::fs::chown(&path, Some(uid), Some(gid))?;
        }
        Ok(path)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(dir: &Path) -> usize {
        dir.read_dir().unwrap().count()
    }

    #[test]
    fn what_is_left_goes_and_what_is_in_use_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = |dir: &Path| Folder::new(dir.to_owned(), None);
        let living = folder(dir.path());
        let used = living.path().unwrap();
        fs::write(used.join("upload1"), "in use").unwrap();
        assert_eq!(living.path().unwrap(), used, "one folder a run");

        let left = dir.path().join("rr-uploads-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("upload2"), "left").unwrap();
        fs::create_dir(dir.path().join("somebody's")).unwrap();
        fs::write(dir.path().join("rr-uploads-file"), "no folder").unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("precious"), "kept").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("rr-uploads-link")).unwrap();

        folder(dir.path()).sweep().unwrap();
        assert!(!left.exists());
        assert!(used.join("upload1").exists());
        assert!(elsewhere.path().join("precious").exists());
        assert_eq!(entries(dir.path()), 4);

        drop(living);
        assert!(!used.exists());
        assert!(folder(Path::new("/nowhere/at/all")).sweep().is_err());
    }

    #[test]
    fn a_folder_that_was_removed_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().to_owned(), None);
        let first = folder.path().unwrap();
        fs::remove_dir_all(&first).unwrap();
        assert!(folder.path().unwrap().is_dir());
    }
}
