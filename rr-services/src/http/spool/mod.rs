//! Bytes that wait: in memory while they are few, in a file without a name when they are many.
//!
//! Knows neither requests nor responses. The file has no name, so that nothing is left of it
//! however the server ends.

mod config;
mod room;

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    path::PathBuf,
};

use bytes::{Bytes, BytesMut};
use tokio::task::spawn_blocking;

pub use config::SpoolConfig;
pub(super) use room::{Place, Room};

/// What stays in memory whatever the configuration says: less is not worth a file.
const LEAST: usize = 64 << 10;

/// How many bytes a file is given at a time.
const GATHERED: usize = 256 << 10;

/// Where bytes wait, and how many of them in memory.
#[derive(Clone, Debug)]
pub(super) struct SpoolRules {
    dir: PathBuf,
    memory: usize,
    disk: u64,
    room: Room,
}

impl SpoolRules {
    pub(super) fn new(config: &SpoolConfig) -> Self {
        let memory = usize::try_from(config.memory.bytes()).unwrap_or(usize::MAX);
        Self {
            dir: config.dir.clone().unwrap_or_else(std::env::temp_dir),
            memory: memory.max(LEAST),
            disk: config.disk.bytes(),
            room: Room::default(),
        }
    }

    /// Others, with the same room: what is in memory already counts.
    pub(super) fn with(&self, config: &SpoolConfig) -> Self {
        Self {
            room: self.room.clone(),
            ..Self::new(config)
        }
    }

    /// How many bytes of one message stay in memory.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// How many bytes of one streamed response may lie in a file.
    pub(super) fn disk(&self) -> u64 {
        self.disk
    }

    /// What all large messages that are in memory for a moment share.
    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// A file that is gone with its last handle.
    pub(super) fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.dir)
    }
}

/// Bytes that come part by part and are wanted whole.
#[derive(Debug)]
pub(super) struct Spool {
    rules: SpoolRules,
    /// The first part, as it came: mostly there is no other.
    first: Bytes,
    /// What the file has not got yet.
    last: BytesMut,
    file: Option<File>,
    length: u64,
}

impl Spool {
    pub(super) fn new(rules: &SpoolRules) -> Self {
        Self {
            rules: rules.clone(),
            first: Bytes::new(),
            last: BytesMut::new(),
            file: None,
            length: 0,
        }
    }

    /// How many bytes came.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Whether a file holds a part of them.
    pub(super) fn is_on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) async fn push(&mut self, part: Bytes) -> io::Result<()> {
        self.length += part.len() as u64;
        if self.length == part.len() as u64 {
            self.first = part;
        } else {
            if !self.first.is_empty() {
                self.last
                    .extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.last.extend_from_slice(&part);
        }
        // Once there is a file, memory is only to spare it short writes.
        let most = match self.file {
            Some(_) => self.rules.memory.min(GATHERED),
            None => self.rules.memory,
        };
        match self.first.len() + self.last.len() > most {
            true => self.write_out().await,
            false => Ok(()),
        }
    }

    async fn write_out(&mut self) -> io::Result<()> {
        let (file, rules) = (self.file.take(), self.rules.clone());
        let (first, last) = (
            std::mem::take(&mut self.first),
            std::mem::take(&mut self.last),
        );
        let file = blocking(move || {
            let mut file = file.map_or_else(|| rules.file(), Ok)?;
            file.write_all(&first)?;
            file.write_all(&last)?;
            Ok(file)
        });
        self.file = Some(file.await?);
        Ok(())
    }

    /// All bytes, in memory.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) async fn into_bytes(self) -> io::Result<Bytes> {
        let Some(mut file) = self.file else {
            return Ok(match self.first.is_empty() {
                true => self.last.freeze(),
                false => self.first,
            });
        };
        let last = self.last;
        let length = usize::try_from(self.length).map_err(io::Error::other)?;
        blocking(move || {
            let mut whole = Vec::with_capacity(length);
            file.rewind()?;
            file.read_to_end(&mut whole)?;
            whole.extend_from_slice(&last);
            Ok(whole.into())
        })
        .await
    }
}

/// Runs what waits for a disk where no request waits for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(parts: &[usize], is_on_disk: bool) {
        let dir = tempfile::tempdir().unwrap();
        let rules = SpoolRules {
            dir: dir.path().to_owned(),
            memory: 10,
            disk: 0,
            room: Room::default(),
        };
        let mut spool = Spool::new(&rules);
        let mut expected = Vec::new();
        for (at, &length) in parts.iter().enumerate() {
            let part = vec![b'a' + u8::try_from(at).unwrap(); length];
            expected.extend_from_slice(&part);
            spool.push(part.into()).await.unwrap();
        }
        assert_eq!(spool.len(), expected.len() as u64);
        assert_eq!(spool.is_on_disk(), is_on_disk, "{parts:?}");
        assert_eq!(dir.path().read_dir().unwrap().count(), 0, "it has no name");
        assert_eq!(spool.into_bytes().await.unwrap(), expected, "{parts:?}");
    }

    #[tokio::test]
    async fn bytes_come_back_as_they_went() {
        check(&[], false).await;
        check(&[0, 0], false).await;
        check(&[10], false).await;
        check(&[4, 6], false).await;
        check(&[11], true).await;
        check(&[4, 0, 7], true).await;
        check(&[11, 3], true).await;
        check(&[11, 30, 1, 1], true).await;
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_an_error() {
        let rules = SpoolRules {
            dir: "/nowhere/at/all".into(),
            memory: 1,
            disk: 0,
            room: Room::default(),
        };
        let error = Spool::new(&rules).push("ab".into()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
