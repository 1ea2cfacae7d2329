//! The folder for what is unpacked: named, or the usual one for caches; never one that others can
//! write to, since what lies there is run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::config::Lookup;

/// The folder for the files of `program`; `None` if nothing says where it could be.
pub(super) fn cache(program: &str, env: &Lookup<'_>) -> Option<PathBuf> {
    let named = |variable: &str| {
        let value = env(variable).filter(|it| !it.is_empty())?;
        std::path::absolute(value).ok()
    };
    let systemd = || {
        // Of several directories the first one is ours.
        let all = env("CACHE_DIRECTORY").filter(|it| !it.is_empty())?;
        Some(PathBuf::from(all.split(':').next()?))
    };
    let below = |folder: PathBuf| folder.join(program);
    named("RR_APP_CACHE")
        .or_else(|| systemd().map(|it| it.join("app")))
        .or_else(|| named("XDG_CACHE_HOME").map(below))
        .or_else(|| named("HOME").map(|it| below(it.join(".cache"))))
        .or_else(|| named("LOCALAPPDATA").map(below))
}

/// Makes `folder`, for this user alone; others may look into that of root, whose workers run as
/// other users. Refuses one that others can write to.
#[cfg(unix)]
pub(super) fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};

    let user = nix::unistd::geteuid();
    let mode = if user.is_root() { 0o711 } else { 0o700 };
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    match fs::DirBuilder::new().mode(mode).create(folder) {
        // The mask of the process may have taken some of it away.
        Ok(()) => return fs::set_permissions(folder, fs::Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let there = fs::symlink_metadata(folder)?;
    if !there.is_dir() {
        return Err(io::Error::other("it is no folder"));
    }
    if there.uid() != user.as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    match there.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(io::Error::other("others can write to it")),
    }
}

/// Elsewhere the folders of a user are that user's.
#[cfg(not(unix))]
pub(super) fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Lets everybody who comes so far read the file at `path`, and run it if it is `executable`.
#[cfg(unix)]
pub(super) fn set_mode(path: &Path, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(super) fn set_mode(_: &Path, _: bool) -> io::Result<()> {
    Ok(())
}
