//! Unpacks what a program carries, keeps it while the server runs, and removes what nobody uses any
//! more.

use std::{
    fs::{self, File as Handle},
    io,
    path::{Path, PathBuf},
    process,
};

use super::{File, Folder, VARIABLE, place};

/// Unpacked files. Others leave them alone until it is dropped.
#[derive(Debug)]
pub(crate) struct Unpacked {
    _lock: Handle,
}

/// Why they are not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    /// Nothing says where they could be put.
    #[error(
        "there is no folder for the files that this program carries\n\
         help: name one in `RR_APP_CACHE`, since `HOME` is not set; or set `{VARIABLE}` to a folder that has them"
    )]
    NoPlace,
    /// A file or folder cannot be used.
    #[error(
        "cannot unpack the files that this program carries: `{}`: {source}\n\
         help: name another folder in `RR_APP_CACHE`",
        path.display()
    )]
    Place {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Folder {
    /// Unpacks `files` to where they are not yet, and mends what differs. States that no server uses
    /// any more are removed.
    pub(crate) fn unpack(&self, files: &[File]) -> Result<Unpacked, UnpackError> {
        let cache = self.cache.as_ref().ok_or(UnpackError::NoPlace)?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| UnpackError::Place { path, source }
        };
        place::make(cache).map_err(failed(cache))?;
        let lock_file = lock_file(cache, &self.state);
        let lock = Handle::create(&lock_file).map_err(failed(&lock_file))?;
        lock.lock_shared().map_err(failed(&lock_file))?;
        let folder = cache.join(&self.state);
        let unpacked = match folder.is_dir() {
            true => write_all(&folder, files),
            false => unpack_new(&folder, files),
        };
        unpacked.map_err(failed(&folder))?;
        remove_others(cache, &self.state);
        Ok(Unpacked { _lock: lock })
    }
}

/// Whole or not at all: a folder that is there is complete.
fn unpack_new(folder: &Path, files: &[File]) -> io::Result<()> {
    let fresh = folder.with_extension(process::id().to_string());
    let unpacked = write_all(&fresh, files).and_then(|()| fs::rename(&fresh, folder));
    if unpacked.is_err() {
        // What matters is why it could not be unpacked.
        fs::remove_dir_all(&fresh).ok();
    }
    match unpacked {
        // Another server was quicker.
        Err(_) if folder.is_dir() => Ok(()),
        unpacked => unpacked,
    }
}

fn write_all(folder: &Path, files: &[File]) -> io::Result<()> {
    for file in files {
        let path = folder.join(file.name);
        if fs::read(&path).is_ok_and(|there| there == file.bytes) {
            continue;
        }
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        // A worker that reads it meanwhile reads the old or the new one.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let fresh = path.with_file_name(format!(".{name}.{}", process::id()));
        fs::write(&fresh, file.bytes)?;
        place::set_mode(&fresh, file.executable)?;
        fs::rename(&fresh, &path)?;
    }
    Ok(())
}

/// A state is in use as long as its lock is held. What cannot be removed is left for the next start:
/// it is in nobody's way.
fn remove_others(cache: &Path, state: &str) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let other = name.split('.').next().unwrap_or_default().to_owned();
        let is_state = other.len() == 16 && other.bytes().all(|it| it.is_ascii_hexdigit());
        if !is_state || other == state || !path.is_dir() {
            continue;
        }
        let lock = Handle::create(lock_file(cache, &other));
        if lock.is_ok_and(|it| {
            it.try_lock()
                .is_ok_and(|()| fs::remove_dir_all(&path).is_ok())
        }) {
            tracing::debug!(target: "server", "removed `{}`: no server uses it", path.display());
        }
    }
}

/// Empty, and never removed: one that waits for it must wait for the same as the others.
fn lock_file(cache: &Path, state: &str) -> PathBuf {
    cache.join(format!("{state}.lock"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::embed::Carried;

    static FIRST: [File; 2] = [
        File::new("bin/run", true, b"#!/bin/sh\n"),
        File::new("index.php", false, b"<?php"),
    ];
    static SECOND: [File; 1] = [File::new("index.php", false, b"<?php // new")];

    fn folder(files: &'static [File], cache: &Path) -> Folder {
        let carried = Carried {
            config: None,
            files,
        };
        let cache = cache.to_str().unwrap().to_owned();
        let env = move |name: &str| (name == "RR_APP_CACHE").then(|| cache.clone());
        carried.folder("shop", &env).unwrap()
    }

    fn path(folder: &Folder) -> PathBuf {
        folder.variable().unwrap().1.into()
    }

    #[test]
    fn files_are_there_as_they_were_carried() {
        let root = TempDir::new().unwrap();
        let folder = folder(&FIRST, &root.path().join("app"));
        let unpacked = folder.unpack(&FIRST).unwrap();
        let index = path(&folder).join("index.php");
        assert_eq!(fs::read(&index).unwrap(), b"<?php");
        fs::write(&index, "damaged").unwrap();
        drop(unpacked);
        folder.unpack(&FIRST).unwrap();
        assert_eq!(fs::read(&index).unwrap(), b"<?php");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_comes_near_them() {
        use std::os::unix::fs::PermissionsExt as _;

        let root = TempDir::new().unwrap();
        let cache = root.path().join("app");
        let folder = folder(&FIRST, &cache);
        folder.unpack(&FIRST).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache) & 0o066, 0);
        assert_eq!(mode(&path(&folder).join("bin/run")), 0o755);
        assert_eq!(mode(&path(&folder).join("index.php")), 0o644);

        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
        let text = folder.unpack(&FIRST).unwrap_err().to_string();
        assert!(text.contains("others can write to it"), "{text}");
    }

    #[test]
    fn a_state_goes_when_no_server_uses_it() {
        let root = TempDir::new().unwrap();
        let cache = root.path().join("app");
        let (old, new) = (folder(&FIRST, &cache), folder(&SECOND, &cache));
        let running = old.unpack(&FIRST).unwrap();
        let _upgraded = new.unpack(&SECOND).unwrap();
        assert!(path(&old).is_dir());
        drop(running);
        fs::create_dir(cache.join("mine")).unwrap();
        new.unpack(&SECOND).unwrap();
        assert!(!path(&old).exists());
        assert!(path(&new).join("index.php").is_file());
        assert!(cache.join("mine").is_dir());
    }

    #[test]
    fn who_names_a_folder_has_it() {
        let carried = Carried {
            config: None,
            files: &FIRST,
        };
        let named = |name: &str| (name == VARIABLE).then(|| "here".to_owned());
        assert!(carried.folder("shop", &named).is_none());
        let text = carried.folder("shop", &|_| None).unwrap().unpack(&FIRST);
        let text = text.unwrap_err().to_string();
        assert!(text.contains("name one in `RR_APP_CACHE`"), "{text}");
    }
}
