//! The stream below hyper that keeps promises, by `sendfile`.

use std::{
    fs::File,
    io::{self, ErrorKind, IoSlice},
    os::{fd::AsFd, unix::fs::FileExt as _},
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed, mpsc},
    task::{Context, Poll, ready},
};

use rr_core::listen::UnixStream;
use rustix::{fs::sendfile, io::Errno};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

use super::{NOTHING, Outlet, Promise, State};

/// A socket that files are sent to.
pub(in crate::http) trait Socket:
    AsyncRead + AsyncWrite + AsFd + Unpin + Send + 'static
{
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// `write` once; where it would block, the socket is not writable any more.
    fn attempt(&self, write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize>;
}

impl Socket for TcpStream {
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn attempt(&self, write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, write)
    }
}

impl Socket for UnixStream {
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn attempt(&self, write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, write)
    }
}

/// The `socket`, and what its requests send files by.
pub(in crate::http) fn direct<S: Socket>(socket: S) -> (Direct<S>, Option<Outlet>) {
    let (promises, promised) = mpsc::channel();
    let state = Arc::<State>::default();
    let direct = Direct {
        socket,
        promised,
        due: None,
        state: Arc::clone(&state),
    };
    (direct, Some(Outlet { promises, state }))
}

/// A connection that sends files in place of their stand-ins.
#[derive(Debug)]
pub(in crate::http) struct Direct<S> {
    socket: S,
    /// Without room for any before the first.
    promised: mpsc::Receiver<Arc<Promise>>,
    /// The promise that is being kept.
    due: Option<Arc<Promise>>,
    state: Arc<State>,
}

impl<S: Socket> Direct<S> {
    /// Sends at most `length` bytes of the file whose turn it is.
    fn poll_send(&mut self, cx: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        let due = match self.due.take().filter(|it| !it.is_kept()) {
            Some(due) => due,
            None => self.promised.try_recv().map_err(|_| torn())?,
        };
        let at = due.start + due.sent.load(Relaxed);
        let sent = match poll_sendfile(&self.socket, cx, &due.file, at, length) {
            Poll::Ready(Err(error)) if cannot_send(&error) => {
                poll_copy(&mut self.socket, cx, &due.file, at, length)
            }
            other => other,
        };
        if let Poll::Ready(Ok(sent)) = sent {
            due.sent.fetch_add(sent as u64, Relaxed);
        }
        self.due = Some(due);
        sent
    }

    fn check(&self) -> io::Result<()> {
        match self.state.torn.load(Relaxed) {
            true => Err(torn()),
            false => Ok(()),
        }
    }
}

fn torn() -> io::Error {
    io::Error::other("a file's stand-in was not passed on as it was")
}

fn is_stand_in(bytes: &[u8]) -> bool {
    // An address in a range, of memory that lives as long as the process: no two things can lie there.
    let nothing = NOTHING.get().filter(|_| !bytes.is_empty());
    nothing.is_some_and(|it| it.as_ptr_range().contains(&bytes.as_ptr()))
}

fn poll_write<S: Socket>(
    socket: &S,
    cx: &mut Context<'_>,
    mut write: impl FnMut() -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_writable(cx))?;
        match socket.attempt(&mut write) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            wrote => return Poll::Ready(wrote),
        }
    }
}

fn poll_sendfile<S: Socket>(
    socket: &S,
    cx: &mut Context<'_>,
    file: &File,
    at: u64,
    length: usize,
) -> Poll<io::Result<usize>> {
    let sent = ready!(poll_write(socket, cx, || {
        let mut at = at;
        Ok(sendfile(socket, file, Some(&mut at), length)?)
    }))?;
    Poll::Ready(match sent {
        0 => Err(shortened()),
        sent => Ok(sent),
    })
}

/// Whether it is the file system that knows no `sendfile`.
fn cannot_send(error: &io::Error) -> bool {
    let codes = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
    Errno::from_io_error(error).is_some_and(|it| codes.contains(&it))
}

fn poll_copy<S: Socket>(
    socket: &mut S,
    cx: &mut Context<'_>,
    file: &File,
    at: u64,
    length: usize,
) -> Poll<io::Result<usize>> {
    let mut bytes = vec![0; length.min(64 << 10)];
    match file.read_at(&mut bytes, at)? {
        0 => Poll::Ready(Err(shortened())),
        read => Pin::new(socket).poll_write(cx, &bytes[..read]),
    }
}

fn shortened() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter")
}

impl<S: Socket> AsyncRead for Direct<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: Socket> AsyncWrite for Direct<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        match is_stand_in(buf) {
            true => self.poll_send(cx, buf.len()),
            false => Pin::new(&mut self.socket).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        match bufs.iter().position(|it| is_stand_in(it)) {
            None => Pin::new(&mut self.socket).poll_write_vectored(cx, bufs),
            Some(0) => self.poll_send(cx, bufs[0].len()),
            Some(before) => Pin::new(&mut self.socket).poll_write_vectored(cx, &bufs[..before]),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
