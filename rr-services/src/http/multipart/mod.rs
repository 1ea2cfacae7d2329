//! `multipart/form-data` (RFC 7578) as a parser that does no I/O: bytes in, parts out.
//!
//! Its memory is bounded: of a part's head by a limit, of its content by what was fed at once.

mod boundary;
mod head;
#[cfg(test)]
mod tests;

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem;

pub(super) use boundary::boundary;
pub(super) use head::PartHead;

/// The longest head of a part; browsers write some hundred bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// The most spaces behind a boundary.
const LONGEST_PADDING: usize = 256;

/// What a form is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A part begins.
    Part(PartHead),
    /// Some of its content.
    Data(Bytes),
    /// It is complete.
    End,
}

/// Why bytes are no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMultipart {
    #[error("its content type names no boundary, or one that none can be")]
    Boundary,
    #[error("the head of a part is longer than {LONGEST_HEAD} bytes")]
    LongHead,
    #[error("the head of a part has a line without a colon")]
    Head,
    #[error("a boundary is followed by too many spaces")]
    Padding,
    #[error("it breaks off before its last boundary")]
    BrokenOff,
}

/// Takes a form apart. Feed it, take events until there are none, feed it again, [`finish`](Self::finish).
#[derive(Debug)]
pub(super) struct Parser {
    /// With the line break before it, which belongs to it.
    delimiter: memmem::Finder<'static>,
    buffer: BytesMut,
    state: State,
    is_fed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Before the first boundary.
    Preamble,
    Head,
    Content,
    /// Behind the last boundary; whatever comes is ignored.
    Epilogue,
}

/// What stands behind a delimiter.
enum Behind {
    /// A line break, after so many spaces: a part follows.
    Part(usize),
    Close,
    /// Too little to tell.
    More,
    /// The delimiter is the start of something else.
    Else,
}

impl Parser {
    /// `boundary` is that of the content type.
    pub(super) fn new(boundary: &[u8]) -> Self {
        let delimiter = [b"\r\n--", boundary].concat();
        Self {
            delimiter: memmem::Finder::new(&delimiter).into_owned(),
            // The first boundary may begin the body, without a line break before it.
            buffer: BytesMut::from(&b"\r\n"[..]),
            state: State::Preamble,
            is_fed: false,
        }
    }

    /// Adds bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.is_fed |= !bytes.is_empty();
        if self.state != State::Epilogue {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next event; `None`: feed more.
    ///
    /// # Errors
    /// When it is no form; nothing sensible follows.
    pub(super) fn next(&mut self) -> Result<Option<Event>, BadMultipart> {
        loop {
            match self.state {
                // What stands before the first boundary is nobody's.
                State::Preamble => {
                    if self.content()?.is_none() {
                        return Ok(None);
                    }
                }
                State::Head => return self.head(),
                State::Content => return self.content(),
                State::Epilogue => return Ok(None),
            }
        }
    }

    /// Whether it was a whole form, or nothing at all.
    ///
    /// # Errors
    /// [`BadMultipart::BrokenOff`]
    pub(super) fn finish(&self) -> Result<(), BadMultipart> {
        match self.state {
            State::Epilogue => Ok(()),
            _ if !self.is_fed => Ok(()),
            _ => Err(BadMultipart::BrokenOff),
        }
    }

    /// The line break behind the boundary is still there: an empty head is that and one more.
    fn head(&mut self) -> Result<Option<Event>, BadMultipart> {
        let window = &self.buffer[..self.buffer.len().min(LONGEST_HEAD)];
        let Some(end) = memmem::find(window, b"\r\n\r\n") else {
            return match window.len() < LONGEST_HEAD {
                true => Ok(None),
                false => Err(BadMultipart::LongHead),
            };
        };
        let head = self.buffer.split_to(end + 4);
        self.state = State::Content;
        // Of an empty head the two line breaks are one and the same.
        let head = PartHead::parse(head.get(2..end).unwrap_or_default())?;
        Ok(Some(Event::Part(head)))
    }

    fn content(&mut self) -> Result<Option<Event>, BadMultipart> {
        let length = self.delimiter.needle().len();
        let Some(at) = self.delimiter.find(&self.buffer) else {
            // The end may be the start of a delimiter.
            let sure = self.buffer.len().saturating_sub(length - 1);
            return Ok(self.data(sure));
        };
        match behind(&self.buffer[at + length..])? {
            // What came before it first.
            Behind::Part(_) | Behind::Close | Behind::More if at > 0 => Ok(self.data(at)),
            Behind::Part(padding) => {
                self.buffer.advance(length + padding);
                self.state = State::Head;
                Ok(Some(Event::End))
            }
            Behind::Close => {
                self.buffer.clear();
                self.state = State::Epilogue;
                Ok(Some(Event::End))
            }
            Behind::More => Ok(None),
            Behind::Else => Ok(self.data(at + length)),
        }
    }

    fn data(&mut self, length: usize) -> Option<Event> {
        (length > 0).then(|| Event::Data(self.buffer.split_to(length).freeze()))
    }
}

fn behind(rest: &[u8]) -> Result<Behind, BadMultipart> {
    let padding = rest.iter().take_while(|it| matches!(it, b' ' | b'\t'));
    let padding = padding.count();
    if padding > LONGEST_PADDING {
        return Err(BadMultipart::Padding);
    }
    Ok(match &rest[padding..] {
        [b'\r', b'\n', ..] => Behind::Part(padding),
        [b'-', b'-', ..] if padding == 0 => Behind::Close,
        [] | [b'\r'] => Behind::More,
        [b'-'] if padding == 0 => Behind::More,
        _ => Behind::Else,
    })
}
