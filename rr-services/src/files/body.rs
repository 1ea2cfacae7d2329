//! Parts of a file as a body, read as the client takes them.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, ErrorKind},
    mem::replace,
    ops::Range,
    sync::Arc,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::task::{spawn_blocking, yield_now};

use super::system;
use crate::{http::Outlet, positioned::read_exact_at};

/// What a body is made of, in order.
#[derive(Debug)]
pub(super) enum Piece {
    Text(Bytes),
    File(Range<u64>),
}

/// Bytes that are read in one go.
const CHUNK: u64 = 128 << 10;

/// So much at most is read where the request is: a thread for blocking calls would cost ten times
/// as much as the read of what is in memory anyway.
const SMALL: u64 = 128 << 10;

/// So much at least is worth a call of its own to be sent without being read (by `wrk`: 15 % less of the
/// server's CPU at 32 KiB, nothing at 10).
const SENT: u64 = 32 << 10;

impl Piece {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(range) => range.end - range.start,
        }
    }
}

/// The pieces one after the other, by the `outlet` where there is one. A file that has become shorter
/// meanwhile breaks the body off.
pub(super) fn body(file: File, pieces: Vec<Piece>, outlet: Option<Outlet>) -> io::Result<Body> {
    let length: u64 = pieces.iter().map(Piece::length).sum();
    let small = match outlet {
        Some(_) => SENT - 1,
        None => SMALL,
    };
    if length <= small {
        let mut whole = vec![0; length as usize];
        let mut rest = &mut *whole;
        for piece in pieces {
            let (place, behind) = rest.split_at_mut(piece.length() as usize);
            match piece {
                Piece::Text(text) => place.copy_from_slice(&text),
                Piece::File(range) => read_exact_at(&file, place, range.start)?,
            }
            rest = behind;
        }
        return Ok(whole.into());
    }
    let content = Content {
        file: Arc::new(file),
        outlet,
        begun: false,
    };
    let state = (content, VecDeque::from(pieces));
    Ok(Body::from_stream(stream::try_unfold(state, next)))
}

/// Where the parts of a file come from, and how they go.
struct Content {
    file: Arc<File>,
    outlet: Option<Outlet>,
    begun: bool,
}

type State = (Content, VecDeque<Piece>);

async fn next((mut content, mut pieces): State) -> io::Result<Option<(Bytes, State)>> {
    let range = match pieces.pop_front() {
        None => return Ok(None),
        Some(Piece::Text(text)) => return Ok(Some((text, (content, pieces)))),
        Some(Piece::File(range)) => range,
    };
    // What was given before is sent first, while it is in the caches of the processor, and others have their turn.
    if replace(&mut content.begun, true) {
        yield_now().await;
    }
    let bytes = match content.stand_in(&range) {
        Some(bytes) => bytes,
        None => content.read(&range).await?,
    };
    let rest = range.start + bytes.len() as u64..range.end;
    if !rest.is_empty() {
        pieces.push_front(Piece::File(rest));
    }
    Ok(Some((bytes, (content, pieces))))
}

impl Content {
    /// For the first part of `range`, if the system can send it without waiting for a disk.
    fn stand_in(&self, range: &Range<u64>) -> Option<Bytes> {
        let outlet = self
            .outlet
            .as_ref()
            .filter(|_| range.end - range.start >= SENT)?;
        let end = range.end.min(range.start + Outlet::LONGEST);
        // What is read is read up to its end, as a rule. Where not, the system waits while it sends.
        let mut last = [0];
        system::read_at_once(&self.file, &mut last, end - 1).filter(|it| *it == 1)?;
        outlet.stand_in(&self.file, range.start..end)
    }

    /// The first part of `range`.
    async fn read(&self, range: &Range<u64>) -> io::Result<Bytes> {
        let length = (range.end - range.start).min(CHUNK);
        let mut bytes = vec![0; length as usize];
        match system::read_at_once(&self.file, &mut bytes, range.start) {
            Some(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Some(read) => bytes.truncate(read),
            None => bytes = read_waiting(&self.file, bytes, range.start).await?,
        }
        Ok(bytes.into())
    }
}

/// Reads what has to come from a disk. The memory is the caller's: a thread that takes memory for
/// others to give back keeps its share of it, and there may be hundreds.
async fn read_waiting(file: &Arc<File>, mut bytes: Vec<u8>, at: u64) -> io::Result<Vec<u8>> {
    let file = Arc::clone(file);
    let reading = spawn_blocking(move || {
        read_exact_at(&file, &mut bytes, at)?;
        Ok(bytes)
    });
    reading.await?
}
