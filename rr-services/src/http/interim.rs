//! Interim responses (103 Early Hints) for HTTP/1.1, past hyper, which knows final ones alone.
//!
//! They are written where a final response has not begun: hyper flushes a connection when its
//! own buffer is empty, and only between that and its next write is a place for other bytes. Where
//! that is not so (a client that pipelines and reads slowly), a hint is dropped, as hints may be.
//! HTTP/2 has no such place: a stream's frames are known to hyper alone.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::mpsc,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Sends interim responses to the client of one connection; it is in the extensions of its requests.
#[derive(Clone, Debug)]
pub(super) struct Hints(mpsc::Sender<Bytes>);

impl Hints {
    /// Sends one, if its place is free. Only in the task of the connection, before the final response.
    pub(super) fn send(&self, status: StatusCode, headers: &HeaderMap) {
        let mut head = BytesMut::from(&b"HTTP/1.1 "[..]);
        head.extend_from_slice(status.as_str().as_bytes());
        head.extend_from_slice(b" ");
        head.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
        head.extend_from_slice(b"\r\n");
        for (name, value) in headers {
            // An interim response has no body, so nothing is to be said of one.
            if *name == http::header::CONTENT_LENGTH || *name == http::header::TRAILER {
                continue;
            }
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        // A connection that is gone needs no hints.
        self.0.send(head.freeze()).ok();
    }
}

/// A connection that can carry interim responses between what hyper writes.
#[derive(Debug)]
pub(super) struct Hinted<T> {
    stream: T,
    /// Without room for any before the first.
    hints: mpsc::Receiver<Bytes>,
    pending: Bytes,
    /// Whether hyper has written nothing since it last flushed: it has nothing left to write then.
    is_clear: bool,
}

impl<T: AsyncWrite + Unpin> Hinted<T> {
    pub(super) fn new(stream: T) -> (Self, Hints) {
        let (to, hints) = mpsc::channel();
        let hinted = Self {
            stream,
            hints,
            pending: Bytes::new(),
            is_clear: true,
        };
        (hinted, Hints(to))
    }

    /// Writes hints that are due. One of which a part is out goes out whole.
    fn poll_hints(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while !self.pending.is_empty() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.pending))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.pending.advance(written);
            }
            match self.hints.try_recv() {
                Ok(hint) if self.is_clear => self.pending = hint,
                Ok(_late) => {}
                Err(_none) => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Hinted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Hinted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_hints(cx))?;
        self.is_clear = false;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_hints(cx))?;
        self.is_clear = false;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_clear = true;
        ready!(self.poll_hints(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
