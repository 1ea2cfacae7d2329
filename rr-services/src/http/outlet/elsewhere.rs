//! Systems whose `sendfile` nobody has tried here: there is no outlet, files are read and written.

use tokio::io::{AsyncRead, AsyncWrite};

use super::Outlet;

/// A socket.
pub(in crate::http) trait Socket:
    AsyncRead + AsyncWrite + Unpin + Send + 'static
{
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for S {}

/// The `socket` as it is.
pub(in crate::http) fn direct<S: Socket>(socket: S) -> (S, Option<Outlet>) {
    (socket, None)
}
