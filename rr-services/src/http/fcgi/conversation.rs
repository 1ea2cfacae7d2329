//! What a web server means by the records that it sends: requests, one after the other.
//!
//! Pure: records in, events out. Requests that are interwoven on one connection are refused one
//! by one, as the specification has it; nginx and Apache never send them.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::{
    params::{self, BadParams},
    record::{BadRecord, Kind, Record},
};

/// What a record leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing yet.
    Nothing,
    /// These bytes are to be sent back.
    Reply(Bytes),
    /// A request; its body follows.
    Request(Params),
    /// A request whose parameters cannot be taken. Nothing more can come on this connection.
    Refused(Refusal),
    /// A part of the request's body.
    Body(Bytes),
    /// The body is complete.
    BodyEnd,
    /// The request's answer is of no interest any more.
    Abort,
}

/// A request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// The number that its answer bears.
    pub id: u16,
    /// Names and values in their order.
    pub pairs: Vec<(Bytes, Bytes)>,
    /// Whether the connection stays open afterwards.
    pub keep: bool,
}

/// A request that is answered by an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The number that its answer bears.
    pub id: u16,
    /// Whether they were too long; else they were not well-formed.
    pub too_long: bool,
}

/// Records in an order that no web server has a reason for; the connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConversation {
    /// No record at all.
    #[error(transparent)]
    Record(#[from] BadRecord),
    /// A record that lacks what it is for.
    #[error("a record that begins a request has 8 bytes, this one has {0}")]
    Begin(usize),
    /// The same number again.
    #[error("request {0} begins while it is not over")]
    Again(u16),
}

/// Roles and flags of a beginning (section 5.1), and how an end is explained (section 5.5).
const RESPONDER: u16 = 1;
const KEEP_CONNECTION: u8 = 1;
const REQUEST_COMPLETE: u8 = 0;
const CANNOT_MULTIPLEX: u8 = 1;
const UNKNOWN_ROLE: u8 = 3;

/// The server's side of one connection.
#[derive(Debug)]
pub struct Conversation {
    state: State,
    /// The most bytes that the parameters of a request may have.
    most: usize,
}

#[derive(Debug)]
enum State {
    Idle,
    Params {
        id: u16,
        keep: bool,
        packed: BytesMut,
    },
    /// Parameters are read to the end without being kept.
    Refused,
    Body {
        id: u16,
        /// All of it has come.
        whole: bool,
        /// The answer is out.
        answered: bool,
    },
}

impl Conversation {
    /// One whose requests have at most `most` bytes of parameters.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            state: State::Idle,
            most,
        }
    }

    /// Whether no request has begun.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// The request has its answer; what still comes of its body is passed over.
    pub fn answered(&mut self) {
        if let State::Body {
            whole, answered, ..
        } = &mut self.state
        {
            *answered = true;
            if *whole {
                self.state = State::Idle;
            }
        }
    }

    /// Takes a record in.
    ///
    /// # Errors
    /// When nothing sensible can follow.
    pub fn take(&mut self, record: Record) -> Result<Event, BadConversation> {
        let Record { kind, id, content } = record;
        if id == 0 {
            return Ok(Event::Reply(management(kind, content)));
        }
        match kind {
            Kind::Begin => self.begin(id, &content),
            Kind::Params => Ok(self.params(id, &content)),
            Kind::Stdin => Ok(self.body(id, content)),
            Kind::Abort if self.is_about(id) => Ok(self.abort(id)),
            // Records of requests that are over, or of filters, which this server is not.
            _ => Ok(Event::Nothing),
        }
    }

    fn begin(&mut self, id: u16, content: &Bytes) -> Result<Event, BadConversation> {
        let &[role_high, role_low, flags, ..] = &content[..] else {
            return Err(BadConversation::Begin(content.len()));
        };
        if content.len() != 8 {
            return Err(BadConversation::Begin(content.len()));
        }
        if self.is_about(id) {
            return Err(BadConversation::Again(id));
        }
        if !self.is_idle() {
            return Ok(Event::Reply(end(id, CANNOT_MULTIPLEX)));
        }
        if u16::from_be_bytes([role_high, role_low]) != RESPONDER {
            return Ok(Event::Reply(end(id, UNKNOWN_ROLE)));
        }
        self.state = State::Params {
            id,
            keep: flags & KEEP_CONNECTION != 0,
            packed: BytesMut::new(),
        };
        Ok(Event::Nothing)
    }

    fn params(&mut self, about: u16, content: &Bytes) -> Event {
        let most = self.most;
        let State::Params { id, keep, packed } = &mut self.state else {
            return Event::Nothing;
        };
        let (id, keep) = (*id, *keep);
        if about != id {
            return Event::Nothing;
        }
        if packed.len() + content.len() > most {
            self.state = State::Refused;
            let too_long = true;
            return Event::Refused(Refusal { id, too_long });
        }
        if content.has_remaining() {
            packed.extend_from_slice(content);
            return Event::Nothing;
        }
        match params::unpack(packed.split().freeze()) {
            Ok(pairs) => {
                self.state = State::Body {
                    id,
                    whole: false,
                    answered: false,
                };
                Event::Request(Params { id, pairs, keep })
            }
            Err(BadParams) => {
                self.state = State::Refused;
                let too_long = false;
                Event::Refused(Refusal { id, too_long })
            }
        }
    }

    fn body(&mut self, about: u16, content: Bytes) -> Event {
        let State::Body {
            id,
            whole,
            answered,
        } = &mut self.state
        else {
            return Event::Nothing;
        };
        if about != *id || *whole {
            return Event::Nothing;
        }
        if !content.is_empty() {
            return match answered {
                true => Event::Nothing,
                false => Event::Body(content),
            };
        }
        *whole = true;
        if *answered {
            self.state = State::Idle;
            return Event::Nothing;
        }
        Event::BodyEnd
    }

    fn abort(&mut self, id: u16) -> Event {
        match &mut self.state {
            State::Body {
                whole, answered, ..
            } => {
                // Nothing more of it will come.
                *whole = true;
                if *answered {
                    self.state = State::Idle;
                    return Event::Nothing;
                }
                Event::Abort
            }
            _ => {
                self.state = State::Idle;
                Event::Reply(end(id, REQUEST_COMPLETE))
            }
        }
    }

    fn is_about(&self, about: u16) -> bool {
        match self.state {
            State::Params { id, .. } | State::Body { id, .. } => id == about,
            State::Idle | State::Refused => false,
        }
    }
}

/// The end of an answer.
#[must_use]
pub fn complete(id: u16) -> Bytes {
    end(id, REQUEST_COMPLETE)
}

fn end(id: u16, status: u8) -> Bytes {
    let content = Bytes::copy_from_slice(&[0, 0, 0, 0, status, 0, 0, 0]);
    encoded(Kind::End, id, content)
}

/// Answers a question about the server itself (section 4). It is asked once, if ever, and by
/// servers that would like to interweave requests.
fn management(kind: Kind, content: Bytes) -> Bytes {
    if kind != Kind::GetValues {
        let mut unknown = BytesMut::zeroed(8);
        unknown[0] = kind.into();
        return encoded(Kind::UnknownType, 0, unknown.freeze());
    }
    let mut values = BytesMut::new();
    for (name, _) in params::unpack(content).unwrap_or_default() {
        if &name[..] == b"FCGI_MPXS_CONNS" && !values.has_remaining() {
            params::pack(&mut values, &name, b"0");
        }
    }
    encoded(Kind::GetValuesResult, 0, values.freeze())
}

fn encoded(kind: Kind, id: u16, content: Bytes) -> Bytes {
    let mut out = BytesMut::with_capacity(16 + content.len());
    Record { kind, id, content }.encode(&mut out);
    out.freeze()
}

/// The records of a stream's part: as many as it takes.
pub fn stream(out: &mut BytesMut, kind: Kind, id: u16, mut content: Bytes) {
    while content.has_remaining() {
        let part = content.split_to(content.len().min(LONGEST));
        out.put_slice(&super::record::head(kind, id, part.len()));
        out.put_slice(&part);
    }
}

/// What fits into a record, in whole words.
const LONGEST: usize = 65_528;
