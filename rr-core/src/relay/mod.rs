//! A connection to a worker: owns the descriptors and the buffer, carries frames.
//!
//! Pipes, unix sockets and TCP look the same here: anything that is a [`Duplex`].
//! Knows no process and no meaning of a frame.

mod control;
mod listener;
mod pipes;

#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use crate::goridge::{Decoded, Flags, Frame, FrameError, Head, Options, StreamBits, decode};

pub use control::HandshakeError;
pub use listener::{RelayAddress, RelayListener};
pub use pipes::Pipes;

/// What a relay runs over: bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The longest payload taken from a worker, in bytes: 1 GiB.
const MAX_PAYLOAD: usize = 1 << 30;

/// What is read at a time while nothing says how much will come.
const CHUNK: usize = 16 << 10;

/// The most that is reserved on the word of a header alone.
const TRUST: usize = 4 << 20;

/// A connection that carries frames, one exchange at a time.
pub struct Relay {
    io: Box<dyn Duplex>,
    inbox: BytesMut,
}

/// A frame that was not written as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct SendError {
    /// Why not.
    pub source: RelayError,
    /// How many bytes the peer may have got; where there are none, it has not begun to read the frame.
    pub written: usize,
}

/// Why a relay yields no frame. It is of no use afterwards.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// What came is no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Something came while nothing was due.
    #[error("the worker wrote something that nobody asked for")]
    Unasked,
    /// The peer closed the connection.
    #[error("the worker closed its connection")]
    Closed,
    /// The system says why.
    #[error("the connection to the worker failed")]
    Io(#[from] io::Error),
}

impl Relay {
    /// A relay over `io`.
    #[must_use]
    pub fn new(io: impl Duplex + 'static) -> Self {
        Self {
            io: Box::new(io),
            inbox: BytesMut::with_capacity(CHUNK),
        }
    }

    /// Writes one frame, with a single system call where the kernel takes it whole.
    ///
    /// The payload may come in two parts (`context`, `body`): they are not joined.
    ///
    /// # Errors
    /// When the connection fails or is closed, and when the peer writes instead of reading: it
    /// would wait for us as we for it.
    pub async fn send(
        &mut self,
        flags: Flags,
        stream: StreamBits,
        options: &Options,
        (context, body): (&[u8], &[u8]),
    ) -> Result<(), SendError> {
        let head = Head::new(flags, stream, options, context.len() + body.len());
        let mut slices = [
            IoSlice::new(&head),
            IoSlice::new(context),
            IoSlice::new(body),
        ];
        let mut left = &mut slices[..];
        let mut written = 0;
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match self.write_some(left).await {
                Ok(n) => {
                    written += n;
                    IoSlice::advance_slices(&mut left, n);
                }
                Err(source) => return Err(SendError { source, written }),
            }
        }
        Ok(())
    }

    async fn write_some(&mut self, slices: &[IoSlice<'_>]) -> Result<usize, RelayError> {
        poll_fn(
            |cx| match Pin::new(&mut *self.io).poll_write_vectored(cx, slices) {
                Poll::Pending => self.poll_hear(cx).map(Err),
                Poll::Ready(Ok(0)) => Poll::Ready(Err(RelayError::Closed)),
                Poll::Ready(written) => Poll::Ready(written.map_err(RelayError::from)),
            },
        )
        .await
    }

    /// What is wrong with a peer that is not silent.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<RelayError> {
        let mut bytes = [0; 1024];
        let mut heard = ReadBuf::new(&mut bytes);
        let read = ready!(Pin::new(&mut *self.io).poll_read(cx, &mut heard));
        self.inbox.extend_from_slice(heard.filled());
        Poll::Ready(match read {
            Err(error) => error.into(),
            Ok(()) if heard.filled().is_empty() => RelayError::Closed,
            Ok(()) => RelayError::Unasked,
        })
    }

    /// Reads the next frame.
    ///
    /// Cancel-safe: what was read stays in the buffer.
    ///
    /// # Errors
    /// When the connection ends, fails, or carries something that is no frame.
    pub async fn recv(&mut self) -> Result<Frame, RelayError> {
        loop {
            let missing = match decode(&mut self.inbox, MAX_PAYLOAD)? {
                Decoded::Frame(frame) => {
                    if frame.payload.len() > CHUNK {
                        // Room left over from a large frame is too small for the next one of
                        // its kind: what is read into it would be copied. Small frames share.
                        self.inbox = BytesMut::from(&*self.inbox);
                    }
                    return Ok(frame);
                }
                Decoded::Need(missing) => missing,
            };
            self.inbox.reserve(missing.clamp(CHUNK, TRUST));
            if self.io.read_buf(&mut self.inbox).await? == 0 {
                return Err(RelayError::Closed);
            }
        }
    }

    /// What the peer has sent by now without being asked. Never waits; costs no system call
    /// where the runtime knows of nothing.
    ///
    /// # Errors
    /// Like [`recv`](Self::recv), and for the beginning of a frame.
    pub fn unasked(&mut self) -> Result<Option<Frame>, RelayError> {
        let mut quiet = Context::from_waker(Waker::noop());
        if let Poll::Ready(frame) = pin!(self.recv()).poll(&mut quiet) {
            return frame.map(Some);
        }
        match self.inbox.is_empty() {
            true => Ok(None),
            false => Err(RelayError::Unasked),
        }
    }

    /// Reads and forgets until the peer closes.
    pub async fn drain(&mut self) {
        loop {
            self.inbox.clear();
            self.inbox.reserve(CHUNK);
            if !matches!(self.io.read_buf(&mut self.inbox).await, Ok(1..)) {
                return;
            }
        }
    }

    /// What has been received and was not taken as a frame, for messages: after an
    /// error it is what the peer wrote instead of one.
    pub fn unread(&mut self) -> Bytes {
        self.inbox.copy_to_bytes(self.inbox.len())
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("unread", &self.inbox.len())
            .finish_non_exhaustive()
    }
}
