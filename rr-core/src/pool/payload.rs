//! What goes to a worker and what comes back, read off the frames.

use bytes::Bytes;

use crate::goridge::{Codec, Flags, Frame, Options, StreamBits};

/// A task or an answer: a context, which says what the body is about, and the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// How the context is encoded; `None` where the frame carried no codec bit.
    pub codec: Option<Codec>,
    /// For HTTP the request or response head.
    pub context: Bytes,
    /// The bytes it is about.
    pub body: Bytes,
}

impl Payload {
    /// Nothing at all: workers take that for the end of work, so it must not be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.context.is_empty() && self.body.is_empty()
    }

    pub(super) fn flags(&self) -> Flags {
        self.codec.map_or(Flags::NONE, Flags::from)
    }

    pub(super) fn options(&self) -> Options {
        let context = u32::try_from(self.context.len()).expect("a frame is at most 4 GiB");
        Options::from([context])
    }
}

/// What a frame from a worker with a task means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The answer, or its last part.
    Answer(Payload),
    /// A part of the answer; more frames follow.
    Chunk {
        payload: Payload,
        /// The worker waits for a PONG.
        ping: bool,
    },
    /// The task failed; the worker is well.
    Error(String),
    /// Not an answer: the worker wants to be replaced, the task goes to another one.
    StopWish,
}

/// A frame that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Exactly one option, the length of the context, is expected.
    #[error("a frame with {0} options, an answer has one")]
    Options(usize),
    /// The context is said to be longer than the payload.
    #[error("a frame whose context of {context} bytes is longer than its {payload} bytes")]
    Context {
        /// As the option says.
        context: u32,
        /// As there are.
        payload: usize,
    },
    /// A command where an answer was due.
    #[error("a control frame instead of an answer")]
    Control,
}

impl Reply {
    pub(super) fn read(frame: Frame) -> Result<Self, Malformed> {
        let Frame {
            flags,
            stream,
            options,
            payload: mut body,
        } = frame;
        if flags.contains(Flags::ERROR) {
            return Ok(Self::Error(String::from_utf8_lossy(&body).into_owned()));
        }
        if flags.contains(Flags::CONTROL) {
            return Err(Malformed::Control);
        }
        let [length] = *options else {
            return Err(Malformed::Options(options.len()));
        };
        let context = usize::try_from(length)
            .ok()
            .filter(|context| *context <= body.len())
            .ok_or(Malformed::Context {
                context: length,
                payload: body.len(),
            })?;
        let context = body.split_to(context);
        if body.is_empty() && *context == *br#"{"stop":true}"# {
            return Ok(Self::StopWish);
        }
        let payload = Payload {
            codec: flags.codec(),
            context,
            body,
        };
        Ok(match stream.contains(StreamBits::STREAM) {
            true => Self::Chunk {
                payload,
                ping: stream.contains(StreamBits::PING),
            },
            false => Self::Answer(payload),
        })
    }
}
