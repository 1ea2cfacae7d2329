//! Control frames: the server asks a worker for its pid, and later to end.

use std::process;

use serde::Deserialize;

use super::{Relay, RelayError, SendError};
use crate::goridge::{Codec, Flags, Frame, Options, StreamBits};

/// Why a worker's first answer is no introduction.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// No frame came.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// A frame came, but not a control frame with a pid above zero.
    #[error("the worker answered the handshake with {0} instead of its pid")]
    NotAPid(String),
}

impl From<SendError> for HandshakeError {
    fn from(error: SendError) -> Self {
        Self::Relay(error.source)
    }
}

impl Relay {
    /// Asks the peer for its pid.
    ///
    /// The server speaks first: a control frame with its own pid, which no worker looks at
    /// beyond its being there; the answer is a control frame with the worker's.
    ///
    /// # Errors
    /// When the connection ends or the answer is something else.
    pub async fn handshake(&mut self) -> Result<u32, HandshakeError> {
        Ok(self.introduce().await?.pid)
    }

    /// The handshake, for all that the peer says of itself.
    pub(crate) async fn introduce(&mut self) -> Result<Introduction, HandshakeError> {
        let hello = format!(r#"{{"pid":{}}}"#, process::id());
        self.command(hello.as_bytes()).await?;
        let frame = self.recv().await?;
        introduction(&frame).ok_or_else(|| HandshakeError::NotAPid(describe(&frame)))
    }

    /// Asks an idle worker to end; it does so when it next reads.
    ///
    /// # Errors
    /// When the connection fails or is closed.
    pub async fn stop(&mut self) -> Result<(), SendError> {
        self.command(br#"{"stop":true}"#).await
    }

    /// Sends a control frame.
    pub(crate) async fn command(&mut self, json: &[u8]) -> Result<(), SendError> {
        let flags = Flags::CONTROL | Codec::Json.into();
        self.send(flags, StreamBits::NONE, &Options::default(), (json, b""))
            .await
    }
}

/// What a peer says of itself.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Introduction {
    /// Its process id.
    pub(crate) pid: u32,
    /// Whether it is none that takes tasks, but forks those who do.
    #[serde(default)]
    pub(crate) zygote: bool,
}

fn introduction(frame: &Frame) -> Option<Introduction> {
    if !frame.flags.contains(Flags::CONTROL) {
        return None;
    }
    let it: Introduction = serde_json::from_slice(&frame.payload).ok()?;
    (it.pid > 0).then_some(it)
}

fn describe(frame: &Frame) -> String {
    let shown = &frame.payload[..frame.payload.len().min(200)];
    format!("`{}`", String::from_utf8_lossy(shown).escape_debug())
}
