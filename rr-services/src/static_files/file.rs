//! A file below the folder, held by its descriptor: what a name means may change between two
//! looks at it, what a descriptor is cannot.

use std::{
    fs::{self, Metadata},
    io,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};

use nix::libc;

/// A regular file that was opened once; everything that is said of it is said of that file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) content: fs::File,
    pub(super) metadata: Metadata,
    /// Where it really lies, every link resolved.
    pub(super) path: PathBuf,
}

impl File {
    /// Opens what `path` means, if it is a regular file below `root`, which is canonical.
    ///
    /// Links may lead anywhere: where they end is asked of the system after they were followed.
    pub(super) fn open_below(root: &Path, path: &Path) -> io::Result<Self> {
        let found = look(path)?;
        let (metadata, path) = (found.metadata()?, path_of(&found)?);
        if !metadata.is_file() || !path.starts_with(root) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self {
            content: readable(&found)?,
            metadata,
            path,
        })
    }

    /// The name that means this very file to whoever opens it while this lives.
    pub(super) fn alias(&self) -> PathBuf {
        alias(&self.content)
    }
}

/// Where a folder lies, every link resolved.
pub(super) fn canonical(folder: &Path) -> io::Result<PathBuf> {
    path_of(&look(folder)?)
}

/// A descriptor to look at: opening devices and pipes for real may do or wait for something.
#[cfg(target_os = "linux")]
fn look(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_PATH).open(path)
}

#[cfg(target_os = "linux")]
fn readable(found: &fs::File) -> io::Result<fs::File> {
    fs::File::open(alias(found))
}

#[cfg(target_os = "linux")]
fn path_of(found: &fs::File) -> io::Result<PathBuf> {
    let path = fs::read_link(alias(found))?;
    // How the system marks the name of a file that has none any more.
    match path.as_os_str().as_encoded_bytes().ends_with(b" (deleted)") {
        true => Err(io::ErrorKind::NotFound.into()),
        false => Ok(path),
    }
}

#[cfg(target_os = "linux")]
fn alias(file: &fs::File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(not(target_os = "linux"))]
fn look(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(target_os = "linux"))]
fn readable(found: &fs::File) -> io::Result<fs::File> {
    found.try_clone()
}

#[cfg(not(target_os = "linux"))]
fn path_of(found: &fs::File) -> io::Result<PathBuf> {
    let mut path = PathBuf::new();
    nix::fcntl::fcntl(found, nix::fcntl::FcntlArg::F_GETPATH(&mut path))?;
    Ok(path)
}

#[cfg(not(target_os = "linux"))]
fn alias(file: &fs::File) -> PathBuf {
    format!("/dev/fd/{}", file.as_raw_fd()).into()
}
