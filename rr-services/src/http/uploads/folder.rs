//! A folder for the uploads of one run of the server, told by a lock from those of other runs.
//!
//! Who holds the lock is alive. So what a killed server left can be removed by the next one, and
//! what belongs to a living server, in this process namespace or another, cannot.

#[cfg_attr(unix, path = "folder/unix.rs")]
#[cfg_attr(windows, path = "folder/windows.rs")]
mod system;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use rr_core::pool::RunAs;

use system::Hold;
pub(super) use system::give;

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
    /// Until it is removed.
    hold: Option<Hold>,
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
        if !found.is_dir() || !system::is_ours(&found, self.owner) {
            return Ok(false);
        }
        match Hold::of_found(path, &found)? {
            Some(hold) => hold.remove(path).map(|()| true),
            None => Ok(false),
        }
    }

    fn make(&self) -> io::Result<Own> {
        for _ in 0..ATTEMPTS {
            let path = self.create()?;
            // To be found again, whatever a worker's working directory is.
            let path = system::resolve(&path)?;
            let hold = Hold::of_own(&path)?;
            if hold.is_some() {
                return Ok(Own { path, hold });
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
            .make_in(&self.dir, system::make)?;
        let path = made.into_temp_path().keep().map_err(io::Error::other)?;
        give(&path, self.owner)?;
        Ok(path)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take() {
            hold.remove(&self.path).ok();
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
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
