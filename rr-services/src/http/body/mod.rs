//! The body of a request as it arrives: not too much of it, not too slowly.

mod config;
mod pace;

use std::{error::Error, io};

use axum::body::Body;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::spool::{Spool, SpoolRules};
use pace::Pace;

pub use config::BodyConfig;

/// The limits of bodies.
#[derive(Clone, Debug)]
pub(super) struct BodyRules {
    /// The longest, in bytes.
    pub(super) max_size: u64,
    pub(super) limits: BodyConfig,
}

/// Why a body does not arrive whole.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadBody {
    #[error("the request body is longer than the {0} bytes that are allowed")]
    TooLarge(u64),
    #[error(transparent)]
    TooSlow(#[from] pace::TooSlow),
    #[error("the request body did not arrive: {0}")]
    Broken(Box<dyn Error + Send + Sync>),
    #[error("the request body cannot be kept: {0}\nhelp: check `http.spool.dir`")]
    Disk(#[from] io::Error),
}

/// A body that is being read. Its trailers are dropped: no part of what PHP is told can hold them.
#[derive(Debug)]
pub(super) struct Incoming {
    body: Body,
    max: u64,
    pace: Pace,
    length: u64,
}

impl Incoming {
    /// Begins to read, if the length that the client announces is allowed; the body is not
    /// asked for before the first [`next`](Self::next), so that a client which waits to be told
    /// to continue never sends what is refused.
    ///
    /// # Errors
    /// [`BadBody::TooLarge`], with the body.
    pub(super) fn new(body: Body, rules: &BodyRules) -> Result<Self, (BadBody, Body)> {
        let max = rules.max_size;
        if body.size_hint().lower() > max {
            return Err((BadBody::TooLarge(max), body));
        }
        Ok(Self {
            body,
            max,
            pace: Pace::new(&rules.limits),
            length: 0,
        })
    }

    /// Whether there is nothing (more) to come.
    pub(super) fn is_end(&self) -> bool {
        self.body.is_end_stream()
    }

    /// What is left, for a client that is to be heard out.
    pub(super) fn into_rest(self) -> Body {
        self.body
    }

    /// The next part; `None` after the last one.
    ///
    /// # Errors
    /// Any but [`BadBody::Disk`].
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, BadBody> {
        loop {
            let frame = match self.pace.within(self.body.frame()).await? {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Err(BadBody::Broken(error.into())),
                None => return Ok(None),
            };
            let Ok(part) = frame.into_data() else {
                continue;
            };
            self.length += part.len() as u64;
            if self.length > self.max {
                return Err(BadBody::TooLarge(self.max));
            }
            self.pace.came(part.len());
            if !part.is_empty() {
                return Ok(Some(part));
            }
        }
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// All.
    pub(super) async fn spool(&mut self, rules: &SpoolRules) -> Result<Spool, BadBody> {
        let mut spool = Spool::new(rules);
        if self.is_end() {
            return Ok(spool);
        }
        while let Some(part) = self.next().await? {
            spool.push(part).await?;
        }
        Ok(spool)
    }
}
