//! A worker's stdin and stdout as one connection.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    process::{ChildStdin, ChildStdout},
};

use super::Duplex;

/// The server's ends of a worker's stdin and stdout.
#[derive(Debug)]
pub struct Pipes {
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Pipes {
    /// Joins the two, with more room for answers where the system grants it.
    #[must_use]
    pub fn new(stdin: ChildStdin, stdout: ChildStdout) -> Self {
        #[cfg(target_os = "linux")]
        widen(&stdout);
        Self { stdin, stdout }
    }
}

/// Fewer wake-ups for a large answer: the kernel's 64 KiB become 512.
///
/// Not more, and not for requests: a user other than root has 64 MiB for all pipes, which is
/// 128 workers; beyond that every further pipe shrinks to 8 KiB and is slower.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    use nix::fcntl::{FcntlArg, fcntl};
    if let Err(errno) = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(512 << 10)) {
        tracing::debug!(target: "server", %errno, "a pipe keeps its size");
    }
}

impl Duplex for Pipes {
    #[cfg(target_os = "linux")]
    fn unread_by_peer(&self) -> Option<usize> {
        // A pipe tells at either end what lies in it, even when nobody will read it any more.
        let unread = rustix::io::ioctl_fionread(&self.stdin).ok()?;
        usize::try_from(unread).ok()
    }
}

impl AsyncRead for Pipes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stdin.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(cx)
    }
}
