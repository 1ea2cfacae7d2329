//! A client of the RPC server, one call at a time, in JSON.

use std::{io, net::Ipv4Addr, time::Duration};

use bytes::BytesMut;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    config::Address,
    goridge::{self, Codec, Decoded, Flags, Frame, FrameError, Options},
    socket::UnixStream,
};

/// An open connection to a server.
pub struct Client {
    stream: Box<dyn Stream>,
    inbox: BytesMut,
    sequence: u32,
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody answers at the address.
    #[error("no server at `{}`", address.dsn())]
    Connect {
        /// Where it was looked for.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// The server sent bytes that are no frame.
    #[error("what answers there does not speak goridge")]
    Frame(#[from] FrameError),
    /// The server sent something that does not answer the call.
    #[error("the server sent a frame that does not answer `{0}`")]
    Mismatch(String),
    /// The method failed; the text is the server's.
    #[error("{0}")]
    Failed(String),
    /// A value cannot be written or read as JSON.
    #[error("argument or result of `{method}` is not what was expected")]
    Json {
        /// Whose.
        method: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

impl Client {
    /// Connects, within five seconds.
    ///
    /// # Errors
    /// When nobody accepts there.
    pub async fn connect(address: &Address) -> Result<Self, CallError> {
        let connected = match timeout(CONNECT_TIMEOUT, open(address)).await {
            Ok(connected) => connected,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let stream = connected.map_err(|source| CallError::Connect {
            address: address.clone(),
            source,
        })?;
        Ok(Self::on(stream))
    }

    /// A client of whatever answers on `stream`.
    #[must_use]
    pub fn over(stream: impl AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static) -> Self {
        Self::on(Box::new(stream))
    }

    fn on(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            inbox: BytesMut::new(),
            sequence: 0,
        }
    }

    /// Calls `service.Method` and waits for its result, however long it takes.
    ///
    /// A call that is dropped midway leaves an answer behind: drop the client as well.
    ///
    /// # Errors
    /// When the connection breaks, the method fails, or its result is no `T`.
    pub async fn call<T: DeserializeOwned>(
        &mut self,
        method: &str,
        argument: &impl Serialize,
    ) -> Result<T, CallError> {
        let json = |source| CallError::Json {
            method: method.to_owned(),
            source,
        };
        self.sequence += 1;
        let mut payload = method.as_bytes().to_vec();
        serde_json::to_writer(&mut payload, argument).map_err(json)?;
        let frame = Frame {
            // Method names are literals of the caller.
            options: Options::from([self.sequence, method.len() as u32]),
            ..Frame::new(Codec::Json.into(), payload)
        };
        let bytes = [&*frame.head(), &*frame.payload].concat();
        self.stream.write_all(&bytes).await?;

        let answer = self.receive().await?;
        let same = answer.options == frame.options && answer.payload.starts_with(method.as_bytes());
        if !same {
            return Err(CallError::Mismatch(method.to_owned()));
        }
        let result = answer.payload.slice(method.len()..);
        if answer.flags.contains(Flags::ERROR) {
            let text = String::from_utf8_lossy(&result).into_owned();
            return Err(CallError::Failed(text));
        }
        serde_json::from_slice(&result).map_err(json)
    }

    async fn receive(&mut self) -> Result<Frame, CallError> {
        loop {
            if let Decoded::Frame(frame) = goridge::decode(&mut self.inbox, u32::MAX as usize)? {
                return Ok(frame);
            }
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}

async fn open(address: &Address) -> io::Result<Box<dyn Stream>> {
    match address {
        Address::Tcp { host, port } => {
            let stream = match host.as_str() {
                "" => TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await,
                host => TcpStream::connect((host, *port)).await,
            }?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream))
        }
        Address::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        // Its place is known to whoever opened it.
        Address::Inherited(_) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a socket that was handed to the server is no place to connect to",
        )),
    }
}
