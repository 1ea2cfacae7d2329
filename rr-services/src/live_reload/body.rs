//! The body of a page with the script in it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;

use super::splice::Splice;

/// Passes a body on piece by piece.
pub(super) struct Spliced {
    body: Body,
    splice: Splice,
    last: Last,
}

/// What comes behind the last bytes.
enum Last {
    /// That is not known yet.
    Unknown,
    /// Trailers.
    Trailers(Frame<Bytes>),
    /// Nothing.
    Nothing,
}

impl Spliced {
    pub(super) fn new(body: Body, insert: &'static [u8]) -> Self {
        Self {
            body,
            splice: Splice::new(insert),
            last: Last::Unknown,
        }
    }
}

impl http_body::Body for Spliced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            match std::mem::replace(&mut self.last, Last::Nothing) {
                Last::Unknown => self.last = Last::Unknown,
                Last::Trailers(frame) => return Poll::Ready(Some(Ok(frame))),
                Last::Nothing => return Poll::Ready(None),
            }
            let piece = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.splice.push(data),
                    Err(trailers) => {
                        self.last = Last::Trailers(trailers);
                        self.splice.rest()
                    }
                },
                None => {
                    self.last = Last::Nothing;
                    self.splice.rest()
                }
            };
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
    }
}
