//! What a case of HTTP/1 is: bytes to send, and what may come of them.

/// A conversation on one connection, and what is right to come of it.
#[derive(Debug)]
pub(in crate::conformance) struct Case {
    pub(in crate::conformance) name: &'static str,
    /// The number of the RFC and its section.
    pub(in crate::conformance) section: &'static str,
    pub(in crate::conformance) input: Input,
    /// What is right, any of them.
    pub(super) outcomes: [Option<Outcome>; 3],
    /// Whether the first request is a HEAD, whose answer has no body.
    pub(super) head: bool,
    /// Headers of the first final answer: name, value; `*` is any.
    pub(super) has: &'static [(&'static str, &'static str)],
    /// Headers that the first final answer does not have.
    pub(super) lacks: &'static [&'static str],
    /// The body of the first final answer.
    pub(super) body: Option<&'static [u8]>,
    /// Headers of the first request that PHP saw: name, values joined by `|`; empty is none.
    pub(super) saw: &'static [(&'static str, &'static str)],
    /// Why the case is expected to fail today.
    pub(super) known: Option<&'static str>,
}

/// What the client does.
#[derive(Debug)]
pub(in crate::conformance) enum Input {
    /// Sends all at once.
    Bytes(&'static [u8]),
    Steps(&'static [Step]),
}

/// A part of what the client does.
#[derive(Debug)]
pub(in crate::conformance) enum Step {
    Send(&'static [u8]),
    /// The same bytes so many times.
    Repeat(&'static [u8], usize),
    /// Byte by byte, each in a packet of its own.
    Drip(&'static [u8]),
    /// Sends nothing for so many milliseconds.
    Pause(u64),
    /// Reads until so many answers have come, interim ones included.
    Await(usize),
    /// Ends the client's half of the connection.
    End,
}

/// A right way to react.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// The statuses that each answer may have, in their order.
    pub(super) answers: &'static [&'static [u16]],
    pub(super) after: After,
    /// The requests that PHP saw: `POST http://a/ body`.
    pub(super) seen: &'static [&'static str],
}

/// What happens to the connection after the answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum After {
    /// It serves the next request.
    Open,
    Closed,
    /// Both is right.
    Either,
}

/// As many requests as a case may have served.
const MOST: &[&[u16]] = &[OK; 8];

const OK: &[u16] = &[200];

impl Case {
    /// Sends `bytes` at once; refused unless said otherwise.
    pub(super) const fn new(
        name: &'static str,
        section: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        Self {
            name,
            section,
            input: Input::Bytes(bytes),
            outcomes: [None; 3],
            head: false,
            has: &[],
            lacks: &[],
            body: None,
            saw: &[],
            known: None,
        }
    }

    /// In place of bytes that are sent at once.
    pub(super) const fn steps(
        name: &'static str,
        section: &'static str,
        steps: &'static [Step],
    ) -> Self {
        let mut case = Self::new(name, section, b"");
        case.input = Input::Steps(steps);
        case
    }

    /// It is right that PHP sees `seen`, each is answered 200, and the connection goes on.
    pub(super) const fn served(self, seen: &'static [&'static str]) -> Self {
        let (answers, _) = MOST.split_at(seen.len());
        self.or(answers, After::Open, seen)
    }

    /// As [`served`](Self::served), but the connection is closed then.
    pub(super) const fn served_last(self, seen: &'static [&'static str]) -> Self {
        let (answers, _) = MOST.split_at(seen.len());
        self.or(answers, After::Closed, seen)
    }

    /// It is right to answer 400 and close: nobody knows where the next request begins.
    pub(super) const fn refused(self) -> Self {
        self.or(&[&[400]], After::Closed, &[])
    }

    /// As [`refused`](Self::refused), with one of these statuses.
    pub(super) const fn refused_by(self, answers: &'static [&'static [u16]]) -> Self {
        self.or(answers, After::Closed, &[])
    }

    /// It is right to answer so and to go on or not, PHP seeing nothing: the message is
    /// sound, what it asks for is not.
    pub(super) const fn declined(self, answers: &'static [&'static [u16]]) -> Self {
        self.or(answers, After::Either, &[])
    }

    /// It is right to close without a word.
    pub(super) const fn dropped(self) -> Self {
        self.or(&[], After::Closed, &[])
    }

    /// One more way that is right.
    pub(super) const fn or(
        mut self,
        answers: &'static [&'static [u16]],
        after: After,
        seen: &'static [&'static str],
    ) -> Self {
        let mut at = 0;
        while self.outcomes[at].is_some() {
            at += 1;
        }
        self.outcomes[at] = Some(Outcome {
            answers,
            after,
            seen,
        });
        self
    }

    /// Its first request is a HEAD.
    pub(super) const fn of_head(mut self) -> Self {
        self.head = true;
        self
    }

    pub(super) const fn has(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.has = headers;
        self
    }

    pub(super) const fn lacks(mut self, names: &'static [&'static str]) -> Self {
        self.lacks = names;
        self
    }

    pub(super) const fn body(mut self, body: &'static [u8]) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) const fn saw(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.saw = headers;
        self
    }

    /// Fails today, for this reason.
    pub(super) const fn known(mut self, why: &'static str) -> Self {
        self.known = Some(why);
        self
    }

    pub(super) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().flatten()
    }
}

impl Input {
    /// Everything that is sent, in one piece.
    pub(in crate::conformance) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.to_vec(),
            Self::Steps(steps) => steps.iter().flat_map(Step::bytes).collect(),
        }
    }
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Send(bytes) | Self::Drip(bytes) => bytes.to_vec(),
            Self::Repeat(bytes, times) => bytes.repeat(*times),
            Self::Pause(_) | Self::Await(_) | Self::End => Vec::new(),
        }
    }
}
