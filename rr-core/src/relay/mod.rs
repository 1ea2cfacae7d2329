//! A connection to a worker: owns the descriptors and the buffer, carries frames.
//!
//! Pipes, unix sockets and TCP look the same here: anything that is a [`Duplex`].
//! Knows no process and no meaning of a frame.

mod control;
mod listener;
mod noise;
mod pipes;
mod wire;

#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, DuplexStream},
    net::TcpStream,
    task::unconstrained,
};

use crate::{
    goridge::{
        Decoded, Flags, Frame, FrameError, MISSING_SCRIPT, Options, StreamBits, prefix::PrefixError,
    },
    socket::UnixStream,
};
use noise::Noise;
use wire::Found;

pub use control::HandshakeError;
pub(crate) use control::Introduction;
pub use listener::{RelayAddress, RelayListener};
pub use pipes::Pipes;
pub use wire::Wire;

/// What a relay runs over: bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {
    /// How many of the bytes written the peer has not read yet; nothing where that cannot be told.
    fn unread_by_peer(&self) -> Option<usize> {
        None
    }

    /// The same, waited for by the runtime of the caller from now on; as it is where it belongs to none.
    ///
    /// # Errors
    /// As the system says.
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn Duplex>>;
}

impl Duplex for TcpStream {
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn Duplex>> {
        Ok(Box::new(Self::from_std(self.into_std()?)?))
    }
}

impl Duplex for UnixStream {
    #[cfg(unix)]
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn Duplex>> {
        Ok(Box::new(Self::from_std(self.into_std()?)?))
    }

    /// Nothing is bound to cores there.
    #[cfg(windows)]
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn Duplex>> {
        Ok(self)
    }
}

impl Duplex for DuplexStream {
    fn moved_here(self: Box<Self>) -> io::Result<Box<dyn Duplex>> {
        Ok(self)
    }
}

/// The longest payload taken from a worker, in bytes: 1 GiB.
const MAX_PAYLOAD: usize = 1 << 30;

/// What is read at a time while nothing says how much will come.
const CHUNK: usize = 16 << 10;

/// The most that is reserved on the word of a header alone.
const TRUST: usize = 4 << 20;

/// The most that an idle peer may print before it is given up: whether a frame hides behind it
/// would take too long to see.
const FLOOD: usize = 1 << 20;

/// A connection that carries frames, one exchange at a time.
///
/// Bytes that are no frame are an error, until it is said [where they go](Self::log_noise):
/// from then on they are skipped up to the next valid header.
pub struct Relay {
    io: Box<dyn Duplex>,
    wire: Wire,
    inbox: BytesMut,
    noise: Noise,
    /// Nothing has come yet.
    is_fresh: bool,
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
    /// What came is no package of the older line.
    #[error(transparent)]
    Package(#[from] PrefixError),
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
    /// A relay over `io`, whose peer speaks `wire`.
    #[must_use]
    pub fn new(io: impl Duplex + 'static, wire: Wire) -> Self {
        Self {
            io: Box::new(io),
            wire,
            inbox: BytesMut::with_capacity(CHUNK),
            noise: Noise::default(),
            is_fresh: true,
        }
    }

    /// Leaves the runtime that it was opened in for that of the caller.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn move_here(mut self) -> io::Result<Self> {
        self.io = self.io.moved_here()?;
        Ok(self)
    }

    /// Writes what the peer prints besides frames to `log`, as it comes, and skips it. A flush says
    /// that the peer has said something else since.
    pub fn log_noise(&mut self, log: impl io::Write + Send + 'static) {
        self.noise.log(Box::new(log));
    }

    /// Writes one frame, with a single system call where the kernel takes it whole.
    ///
    /// The payload may come in two parts (`context`, `body`): they are not joined.
    ///
    /// # Errors
    /// When the connection fails or is closed, and when the peer writes a frame instead of reading:
    /// it would wait for us as we for it.
    pub async fn send(
        &mut self,
        flags: Flags,
        stream: StreamBits,
        options: &Options,
        (context, body): (&[u8], &[u8]),
    ) -> Result<(), SendError> {
        let lengths = (context.len(), body.len());
        let heads = self.wire.heads(flags, stream, options, lengths);
        let mut slices = heads.with(context, body);
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

    /// What is wrong with a peer that does not read. What it prints meanwhile is not.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<RelayError> {
        loop {
            self.inbox.reserve(CHUNK);
            let read = pin!(self.io.read_buf(&mut self.inbox)).poll(cx);
            let wrong = match ready!(read) {
                Err(error) => error.into(),
                Ok(0) => RelayError::Closed,
                Ok(_) => match self.take() {
                    Ok(Decoded::Need(_)) if self.inbox.is_empty() => continue,
                    Ok(_) => RelayError::Unasked,
                    Err(error) => error,
                },
            };
            return Poll::Ready(wrong);
        }
    }

    /// Reads the next frame.
    ///
    /// Cancel-safe: what was read stays in the buffer.
    ///
    /// # Errors
    /// When the connection ends, fails, or carries something that is no frame and is not to be skipped.
    pub async fn recv(&mut self) -> Result<Frame, RelayError> {
        self.recv_within(usize::MAX).await
    }

    /// Gives up after `patience` bytes without a frame.
    async fn recv_within(&mut self, mut patience: usize) -> Result<Frame, RelayError> {
        loop {
            let missing = match self.take()? {
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
            let read = self.io.read_buf(&mut self.inbox).await?;
            if read == 0 {
                return Err(RelayError::Closed);
            }
            patience = patience.checked_sub(read).ok_or(RelayError::Unasked)?;
        }
    }

    /// Takes a frame off the inbox, and before it what is none.
    fn take(&mut self) -> Result<Decoded, RelayError> {
        loop {
            let noise = match self.wire.find(&mut self.inbox, MAX_PAYLOAD)? {
                Found::Decoded(decoded) => {
                    if let Decoded::Frame(_) = decoded {
                        self.is_fresh = false;
                        self.noise.forget();
                    }
                    return Ok(decoded);
                }
                Found::Noise(noise) => noise,
            };
            if self.is_fresh {
                let common = self.inbox.len().min(MISSING_SCRIPT.len());
                if self.inbox[..common] == MISSING_SCRIPT[..common] {
                    return match MISSING_SCRIPT.len() - common {
                        0 => Err(FrameError::MissingScript.into()),
                        missing => Ok(Decoded::Need(missing)),
                    };
                }
            }
            if !self.noise.is_logged() {
                return Err(self.wire.nothing_valid());
            }
            self.noise.hear(&self.inbox[..noise]);
            self.inbox.advance(noise);
            self.is_fresh = false;
        }
    }

    /// What the peer has sent by now without being asked; what it has printed is none of it. Never
    /// waits; costs no system call where the runtime knows of nothing.
    ///
    /// # Errors
    /// Like [`recv`](Self::recv), and for the beginning of a frame, or more that was printed than
    /// can be looked through.
    pub fn unasked(&mut self) -> Result<Option<Frame>, RelayError> {
        let mut quiet = Context::from_waker(Waker::noop());
        // Were it only the runtime's budget that is spent, a frame would be overlooked.
        let polled = pin!(unconstrained(self.recv_within(FLOOD))).poll(&mut quiet);
        self.noise.pause();
        if let Poll::Ready(frame) = polled {
            return frame.map(Some);
        }
        match self.inbox.is_empty() {
            true => Ok(None),
            false => Err(RelayError::Unasked),
        }
    }

    /// Whether the peer can have read all that was written to it, now that the connection has
    /// failed with `why`. Where it cannot, it has not begun to work on it.
    #[must_use]
    pub fn was_read(&self, why: &RelayError) -> bool {
        match why {
            // A socket whose peer closes it with bytes unread is reset.
            RelayError::Io(error) if error.kind() == io::ErrorKind::ConnectionReset => false,
            _ => self.unread_by_peer() == 0,
        }
    }

    /// How many of the bytes written the peer is known not to have read yet.
    #[must_use]
    pub fn unread_by_peer(&self) -> usize {
        self.io.unread_by_peer().unwrap_or(0)
    }

    /// Reads and forgets until the peer closes; what it prints is logged.
    pub async fn drain(&mut self) {
        while self.recv().await.is_ok() {}
        loop {
            self.inbox.clear();
            self.inbox.reserve(CHUNK);
            if !matches!(self.io.read_buf(&mut self.inbox).await, Ok(1..)) {
                return;
            }
        }
    }

    /// The beginning of what has been received since the last frame, for messages: after an
    /// error it is what the peer wrote instead of one.
    pub fn unread(&mut self) -> Bytes {
        let mut unread = self.noise.take();
        unread.extend_from_slice(&self.inbox);
        self.inbox.clear();
        unread.into()
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("unread", &self.inbox.len())
            .finish_non_exhaustive()
    }
}
