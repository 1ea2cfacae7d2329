//! What the two processes of an upgrade say to each other, a line each.

use std::{io, os::unix::net::UnixStream};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{
        self,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The successor: all services are ready.
pub(super) const READY: &str = "ready";
/// The predecessor: accept connections.
pub(super) const TAKE_OVER: &str = "take over";
/// The successor: it does.
pub(super) const TAKEN: &str = "taken";
/// The predecessor: it does no more, and these services run there still.
pub(super) const RUNS: &str = "runs";

/// The line between them.
#[derive(Debug)]
pub(super) struct Line {
    heard: Lines<BufReader<OwnedReadHalf>>,
    said: OwnedWriteHalf,
}

impl Line {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let (read, said) = net::UnixStream::from_std(stream)?.into_split();
        Ok(Self {
            heard: BufReader::new(read).lines(),
            said,
        })
    }

    pub(super) async fn say(&mut self, words: &str) -> io::Result<()> {
        self.said.write_all(format!("{words}\n").as_bytes()).await
    }

    /// What the other one says next; `None` where it has nothing more to say, or is gone. Nothing is lost
    /// where the future is dropped.
    pub(super) async fn hear(&mut self) -> Option<String> {
        self.heard.next_line().await.ok().flatten()
    }
}
