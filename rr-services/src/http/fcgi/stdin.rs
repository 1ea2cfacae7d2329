//! The body of a request as its records come in.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// Parts that are read ahead of whoever reads the body.
const AHEAD: usize = 4;

/// Why a body does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadBody {
    #[error("the web server gave it up")]
    Aborted,
    #[error("it is not as long as `CONTENT_LENGTH` says")]
    Length,
}

/// Where the parts are put.
pub(super) type Parts = mpsc::Sender<Result<Bytes, BadBody>>;

/// A body that is being received.
#[derive(Debug)]
pub(super) struct Stdin {
    parts: mpsc::Receiver<Result<Bytes, BadBody>>,
    /// How much is to come, where that was told.
    left: Option<u64>,
    ended: bool,
}

impl Stdin {
    pub(super) fn new(length: Option<u64>) -> (Parts, Self) {
        let (sender, parts) = mpsc::channel(AHEAD);
        let stdin = Self {
            parts,
            left: length,
            ended: false,
        };
        (sender, stdin)
    }

    /// A body of another length than was told is none: what is missing may be what matters.
    fn counted(&mut self, part: Option<Result<Bytes, BadBody>>) -> Option<Result<Bytes, BadBody>> {
        match (part, &mut self.left) {
            (Some(Ok(part)), Some(left)) => match left.checked_sub(part.len() as u64) {
                Some(less) => {
                    *left = less;
                    Some(Ok(part))
                }
                None => Some(Err(BadBody::Length)),
            },
            (None, Some(1..)) => Some(Err(BadBody::Length)),
            (part, _) => part,
        }
    }
}

impl Body for Stdin {
    type Data = Bytes;
    type Error = BadBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BadBody>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let part = ready!(self.parts.poll_recv(cx));
        let part = self.counted(part);
        self.ended = !matches!(part, Some(Ok(_)));
        Poll::Ready(part.map(|it| it.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
