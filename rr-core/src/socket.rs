//! Unix sockets that neither take over a living server's path nor trip over a dead one's.

use std::{io, os::unix::fs::PermissionsExt as _, path::Path};

pub(crate) use tokio::net::UnixListener;
pub use tokio::net::UnixStream;

/// Listens on `path`; the file gets `mode`, or what the umask leaves.
///
/// A socket file that nobody listens on any more is removed first.
///
/// # Errors
/// When somebody listens there already, when the path is no socket, or as the system says.
pub(crate) fn bind_unix(path: &Path, mode: Option<u32>) -> io::Result<UnixListener> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && is_socket(path) => {
            std::fs::remove_file(path)?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    restrict(path, mode)?;
    Ok(listener)
}

/// Gives the file `mode`, where there is one to give.
pub(crate) fn restrict(path: &Path, mode: Option<u32>) -> io::Result<()> {
    match mode {
        Some(mode) => std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)),
        None => Ok(()),
    }
}

/// Whether a socket's file is there.
pub(crate) fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket())
}
