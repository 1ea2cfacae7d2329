//! What a client has not read yet: in memory first, then in a file.

use std::{collections::VecDeque, fs::File, io, sync::Arc};

use bytes::Bytes;

use crate::{
    http::spool::{SpoolRules, blocking},
    positioned::{read_exact_at, write_all_at},
};

/// How much the client is given at a time. A piece is a copy, so that it keeps no more than
/// itself in memory.
pub(super) const PIECE: usize = 64 << 10;

/// Bytes in the order in which they came: what the file holds is older than what memory holds.
#[derive(Debug)]
pub(super) struct Backlog {
    rules: SpoolRules,
    memory: VecDeque<Bytes>,
    in_memory: usize,
    file: Option<Arc<File>>,
    /// Up to where the file is written, and read.
    written: u64,
    read: u64,
    /// The disk has failed: memory is all there is from then on.
    is_disk_lost: bool,
}

impl Backlog {
    pub(super) fn new(rules: &SpoolRules) -> Self {
        Self {
            rules: rules.clone(),
            memory: VecDeque::new(),
            in_memory: 0,
            file: None,
            written: 0,
            read: 0,
            is_disk_lost: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_memory == 0 && self.read == self.written
    }

    /// Whether there is no room for more. What can go to disk makes some.
    pub(super) fn is_full(&self) -> bool {
        self.in_memory > self.rules.memory()
    }

    /// Adds bytes to memory, however many.
    pub(super) fn push(&mut self, part: Bytes) {
        self.in_memory += part.len();
        if !part.is_empty() {
            self.memory.push_back(part);
        }
    }

    /// Whether memory holds more than it should, and the disk has room.
    pub(super) fn is_heavy(&self) -> bool {
        let has_room = self.written < self.rules.disk() && !self.is_disk_lost;
        self.in_memory > self.rules.memory() && has_room
    }

    /// Moves all of memory to the file.
    ///
    /// # Errors
    /// Those of the disk. Memory then keeps what it has, and nothing is moved any more.
    pub(super) async fn spill(&mut self) -> io::Result<()> {
        let moved = self.write_out().await;
        match moved {
            Ok(()) => {
                self.written += self.in_memory as u64;
                self.in_memory = 0;
                self.memory.clear();
            }
            Err(_) => self.is_disk_lost = true,
        }
        moved
    }

    async fn write_out(&mut self) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => {
                let rules = self.rules.clone();
                Arc::new(blocking(move || rules.file()).await?)
            }
        };
        self.file = Some(Arc::clone(&file));
        let (parts, mut at) = (self.memory.clone(), self.written);
        blocking(move || {
            for part in parts {
                write_all_at(&file, &part, at)?;
                at += part.len() as u64;
            }
            Ok(())
        })
        .await
    }

    /// The next bytes; empty where there are none.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) async fn pop(&mut self) -> io::Result<Bytes> {
        if let Some(file) = self.file.clone().filter(|_| self.read < self.written) {
            return self.pop_from(file).await;
        }
        let Some(mut part) = self.memory.pop_front() else {
            return Ok(Bytes::new());
        };
        if part.len() > PIECE {
            let piece = Bytes::copy_from_slice(&part.split_to(PIECE));
            self.memory.push_front(part);
            part = piece;
        }
        self.in_memory -= part.len();
        Ok(part)
    }

    async fn pop_from(&mut self, file: Arc<File>) -> io::Result<Bytes> {
        let (at, left) = (self.read, self.written - self.read);
        let length = usize::try_from(left).map_or(PIECE, |it| it.min(PIECE));
        self.read += length as u64;
        let is_read = self.read == self.written;
        if is_read {
            // The space is given back before more is written.
            (self.read, self.written) = (0, 0);
        }
        blocking(move || {
            let mut piece = vec![0; length];
            read_exact_at(&file, &mut piece, at)?;
            if is_read {
                file.set_len(0)?;
            }
            Ok(piece.into())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use rr_core::config::Megabytes;

    use super::*;
    use crate::http::spool::SpoolConfig;

    #[tokio::test]
    async fn what_went_in_first_comes_out_first() {
        let mut backlog = Backlog::new(&SpoolRules::new(&SpoolConfig {
            memory: Megabytes::new(0),
            ..SpoolConfig::default()
        }));
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for step in 0..60_u8 {
            let part = vec![step; 1000 * usize::from(step)];
            came.extend_from_slice(&part);
            backlog.push(part.into());
            if step % 7 == 0 {
                backlog.spill().await.unwrap();
            }
            if step % 3 == 0 {
                went.extend_from_slice(&backlog.pop().await.unwrap());
            }
        }
        while !backlog.is_empty() {
            let piece = backlog.pop().await.unwrap();
            assert!((1..=PIECE).contains(&piece.len()));
            went.extend_from_slice(&piece);
        }
        assert!(came == went);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_loses_nothing() {
        let mut backlog = Backlog::new(&SpoolRules::new(&SpoolConfig {
            memory: Megabytes::new(1),
            ..SpoolConfig::default()
        }));
        backlog.push("on disk ".into());
        backlog.spill().await.unwrap();
        let own = backlog.file.take();
        let full = File::options().write(true).open("/dev/full").unwrap();
        backlog.file = Some(Arc::new(full));
        let in_memory = vec![b'm'; (1 << 20) + 1];
        backlog.push(in_memory.clone().into());
        assert!(backlog.is_heavy());
        let error = backlog.spill().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(backlog.is_full() && !backlog.is_heavy());
        backlog.file = own;
        assert_eq!(backlog.pop().await.unwrap(), "on disk ");
        let mut kept = Vec::new();
        while !backlog.is_empty() {
            kept.extend_from_slice(&backlog.pop().await.unwrap());
        }
        assert!(kept == in_memory);
    }

    #[test]
    fn room_is_bounded() {
        let rules = |disk| {
            SpoolRules::new(&SpoolConfig {
                memory: Megabytes::new(1),
                disk: Megabytes::new(disk),
                ..SpoolConfig::default()
            })
        };
        for (disk, is_heavy) in [(0, false), (1, true)] {
            let mut backlog = Backlog::new(&rules(disk));
            assert!(!backlog.is_full() && !backlog.is_heavy());
            backlog.push(vec![0; (1 << 20) + 1].into());
            assert!(backlog.is_full());
            assert_eq!(backlog.is_heavy(), is_heavy);
        }
    }
}
