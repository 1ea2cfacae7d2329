//! Unix sockets on Windows, as far as anybody here knows: there are none, and values of these types
//! neither. So what is done with one compiles, and never happens.

use std::{
    io,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf, split};

/// A listener that cannot be.
#[derive(Debug)]
pub(crate) enum UnixListener {}

/// A connection that cannot be.
#[derive(Debug)]
pub enum UnixStream {}

/// Who is at the other end of it.
#[derive(Debug)]
pub enum Peer {}

/// Is told that there is no way.
pub(crate) fn bind_unix(_: &Path, _: Option<u32>) -> io::Result<UnixListener> {
    Err(none())
}

fn none() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "unix sockets are not supported on Windows: use `tcp://127.0.0.1:PORT`",
    )
}

impl UnixListener {
    /// Never called.
    pub(crate) async fn accept(&self) -> io::Result<(UnixStream, ())> {
        match *self {}
    }
}

impl UnixStream {
    /// Is told that there is no way.
    pub async fn connect(_: impl AsRef<Path>) -> io::Result<Self> {
        Err(none())
    }

    /// Never called.
    pub fn into_split(self) -> (ReadHalf<Self>, WriteHalf<Self>) {
        split(self)
    }

    /// Never called.
    pub fn peer_cred(&self) -> io::Result<Peer> {
        match *self {}
    }
}

impl Peer {
    /// Never called.
    pub fn pid(&self) -> Option<i32> {
        match *self {}
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match *self {}
    }
}

impl AsyncWrite for UnixStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}
