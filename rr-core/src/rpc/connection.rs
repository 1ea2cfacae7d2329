//! One connection, of either wire: many calls a read, calls side by side, many answers a write.
//!
//! A single task, no spawn a call. A call is polled once where it stands, which is all
//! that most need; the others wait beside each other and answer as they finish.

use std::{io, pin::Pin, sync::Arc, task::Poll, time::Duration};

use bytes::{Buf as _, BytesMut};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, sleep_until},
};

use super::{
    BadPackage, BadRequest, Registry,
    call::{Call, Finished},
    outbox::Outbox,
    packages::{Reader, Taken},
    sniff::{Dialect, Sniffed, sniff},
};
use crate::{
    goridge::{self, Decoded, FrameError},
    lifecycle::Stop,
};

/// How much one connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest payload of a frame in bytes; a longer one closes the connection. The
    /// requests in work together with the answers not yet taken hold about as much at most.
    pub frame: usize,
    /// Calls in work at a time; further frames wait in the socket.
    pub calls: usize,
    /// How long a client may stop in the middle of a frame.
    pub silence: Duration,
}

/// Why a connection was closed from this side.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The client sent bytes that are no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The client sent a frame that is no call.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// The client closed in the middle of a frame.
    #[error("the client closed the connection in the middle of a frame")]
    CutShort,
    /// The client fell silent in the middle of a frame, or takes no answer while the server stops.
    #[error("the client was silent for {0:?} in the middle of a frame")]
    Silent(Duration),
    /// The client sent packages of the older wire that are no call.
    #[error(transparent)]
    Package(#[from] BadPackage),
}

impl Default for Limits {
    /// 64 MiB, 128 calls, 10 seconds.
    fn default() -> Self {
        Self {
            frame: 64 << 20,
            calls: 128,
            silence: Duration::from_secs(10),
        }
    }
}

/// Serves the calls of one client until it closes, breaks the protocol, or `stop` resolves.
///
/// Calls that have begun are finished in every case before this returns, but for a closed
/// connection their answers are thrown away. On `stop` no further call begins.
///
/// # Errors
/// Why the connection was closed, when it was not the client's or `stop`'s wish.
pub async fn serve_connection<R, W>(
    reader: R,
    writer: W,
    registry: Arc<Registry>,
    limits: Limits,
    stop: Stop,
) -> Result<(), ConnectionError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut connection = Connection {
        reader,
        writer,
        registry,
        limits,
        dialect: None,
        packages: Reader::default(),
        inbox: BytesMut::new(),
        calls: FuturesUnordered::new(),
        held: 0,
        outbox: Outbox::default(),
    };
    let outcome = connection.run(&stop).await;
    let calls = std::mem::take(&mut connection.calls);
    drop(connection);
    calls.for_each(async |_| ()).await;
    outcome
}

struct Connection<R, W> {
    reader: R,
    writer: W,
    registry: Arc<Registry>,
    limits: Limits,
    dialect: Option<Dialect>,
    packages: Reader,
    inbox: BytesMut,
    calls: FuturesUnordered<Call>,
    /// Bytes of requests that the calls hold on to.
    held: usize,
    outbox: Outbox,
}

/// What stopped the taking of frames.
#[derive(Clone, Copy, PartialEq)]
enum Wants {
    /// The next frame misses at least so many bytes.
    Bytes(usize),
    /// The client must take answers, or calls must finish, first.
    Room,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Connection<R, W> {
    async fn run(&mut self, stop: &Stop) -> Result<(), ConnectionError> {
        let mut stopping = false;
        let mut client_is_done = false;
        let mut progress = Instant::now();
        loop {
            let wants = match stopping || client_is_done {
                true => Wants::Room,
                false => self.take_calls().await?,
            };
            let idle = self.calls.is_empty() && !self.outbox.has_remaining();
            if idle && (stopping || client_is_done) {
                return Ok(());
            }
            let reads = match wants {
                Wants::Bytes(missing) => {
                    // The number is the peer's: grow with what really comes.
                    self.inbox.reserve(missing.clamp(CHUNK, 32 * CHUNK));
                    true
                }
                Wants::Room => false,
            };
            let midway = reads && (!self.inbox.is_empty() || self.packages.is_midway());
            let stuck = stopping && self.outbox.has_remaining();

            tokio::select! {
                biased;
                Some(finished) = self.calls.next() => self.settle(finished),
                written = self.writer.write_buf(&mut self.outbox), if self.outbox.has_remaining() => {
                    if written? == 0 {
                        return Err(io::Error::from(io::ErrorKind::WriteZero).into());
                    }
                    progress = Instant::now();
                }
                read = self.reader.read_buf(&mut self.inbox), if reads => {
                    progress = Instant::now();
                    client_is_done = read? == 0;
                    if client_is_done && midway {
                        return Err(ConnectionError::CutShort);
                    }
                }
                () = stop.cancelled(), if !stopping => stopping = true,
                () = sleep_until(progress + self.limits.silence), if midway || stuck => {
                    return Err(ConnectionError::Silent(self.limits.silence));
                }
            }
        }
    }

    /// Begins all calls that are there as a whole, as far as there is room.
    async fn take_calls(&mut self) -> Result<Wants, ConnectionError> {
        let dialect = match self.dialect {
            Some(dialect) => dialect,
            None => match sniff(&self.inbox) {
                Sniffed::More => return Ok(Wants::Bytes(1)),
                Sniffed::Dialect(dialect) => dialect,
                // What is wrong with it is for the decoder to say.
                Sniffed::Unknown => Dialect::Frames,
            },
        };
        self.dialect = Some(dialect);
        while self.has_room() {
            let mut call = match self.take_call(dialect)? {
                Ok(call) => call,
                Err(missing) => return Ok(Wants::Bytes(missing)),
            };
            if self.inbox.is_empty() && call.held() > 32 * CHUNK {
                // Or the connection would keep the memory of its largest frame for ever.
                self.inbox = BytesMut::new();
            }
            self.held += call.held();
            match poll_once(Pin::new(&mut call)).await {
                Poll::Ready(finished) => self.settle(finished),
                Poll::Pending => self.calls.push(call),
            }
        }
        Ok(Wants::Room)
    }

    /// The next call, or how many bytes it misses at least.
    fn take_call(&mut self, dialect: Dialect) -> Result<Result<Call, usize>, ConnectionError> {
        let max = self.limits.frame;
        Ok(match dialect {
            Dialect::Frames => match goridge::decode(&mut self.inbox, max)? {
                Decoded::Frame(frame) => Ok(self.registry.call(frame)?),
                Decoded::Need(missing) => Err(missing),
            },
            Dialect::Prefix => match self.packages.take(&mut self.inbox, max)? {
                Taken::Request(request) => Ok(self.registry.call_packages(request)),
                Taken::Need(missing) => Err(missing),
            },
        })
    }

    fn has_room(&self) -> bool {
        self.calls.len() < self.limits.calls
            && self.held + self.outbox.remaining() <= self.limits.frame
    }

    fn settle(&mut self, finished: Finished) {
        self.held -= finished.held;
        self.outbox.push(finished.answer);
    }
}

/// What is read at a time; also the buffer that an idle connection keeps.
const CHUNK: usize = 8 << 10;

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
