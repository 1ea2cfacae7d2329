//! One case on one connection: sends its bytes and reads what comes, never longer than [`PATIENCE`].

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    answer::{Answer, Unread},
    case::{After, Case, Input, Outcome, Step},
};

/// How long a server may be silent where an answer or the end is due.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks whether the connection still serves, and what.
const PROBE: &[u8] = b"GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";

/// The URI by which PHP knows the probe.
pub(super) const PROBED: &str = "http://probe/probe";

/// What came of a case, on the wire.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Without that to the probe.
    pub(super) answers: Vec<Answer>,
    pub(super) end: End,
    /// What is no answer, and why.
    pub(super) wrong: Option<String>,
}

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// It served one more request, and that one alone.
    Served,
    Closed,
    /// Nothing came for as long as anybody waits.
    Silent,
    /// What came is no answer: nobody knows where the next one begins.
    Unread,
}

struct Client<'a> {
    case: &'a Case,
    stream: TcpStream,
    read: Vec<u8>,
    /// How much of `read` the answers are.
    parsed: usize,
    answers: Vec<Answer>,
    over: bool,
    wrong: Option<String>,
}

/// Runs `case` against `127.0.0.1:port`.
///
/// # Errors
/// When nobody listens there.
pub(super) fn run(case: &Case, port: u16) -> Result<Exchange> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut client = Client {
        case,
        stream,
        read: Vec::new(),
        parsed: 0,
        answers: Vec::new(),
        over: false,
        wrong: None,
    };
    client.send();
    let least = case.outcomes().map(|it| it.answers.len()).min();
    client.read_until(least.unwrap_or_default());
    let end = client.find_end();
    Ok(Exchange {
        answers: client.answers,
        end,
        wrong: client.wrong,
    })
}

impl Client<'_> {
    fn send(&mut self) {
        match &self.case.input {
            Input::Bytes(bytes) => self.write(bytes),
            Input::Steps(steps) => {
                for step in *steps {
                    self.step(step);
                }
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Send(bytes) => self.write(bytes),
            Step::Repeat(bytes, times) => self.write(&bytes.repeat(*times)),
            Step::Drip(bytes) => {
                for byte in *bytes {
                    self.write(&[*byte]);
                    thread::sleep(Duration::from_millis(1));
                }
            }
            Step::Pause(time) => thread::sleep(Duration::from_millis(*time)),
            Step::Await(count) => self.read_until(*count),
            // A server that has closed already is found out by reading.
            Step::End => drop(self.stream.shutdown(Shutdown::Write)),
        }
    }

    /// A server may answer and close before everything is sent: reading tells what it said.
    fn write(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    /// Waits for the end where it is due alone, and asks for it elsewhere.
    fn find_end(&mut self) -> End {
        loop {
            if self.wrong.is_some() {
                return End::Unread;
            }
            let count = self.answers.len();
            let due = self.outcomes();
            if due.is_empty() && self.case.outcomes().any(|it| it.answers.len() > count) {
                self.read_until(count + 1);
                if self.answers.len() > count {
                    continue;
                }
            } else if !due.is_empty() && due.iter().all(|it| it.after == After::Closed) {
                self.read_until(usize::MAX);
            }
            return if self.over { End::Closed } else { self.probe() };
        }
    }

    /// Those that look like what has come so far.
    fn outcomes(&self) -> Vec<&Outcome> {
        let fits = |it: &&Outcome| {
            let pairs = it.answers.iter().zip(&self.answers);
            it.answers.len() == self.answers.len()
                && pairs.into_iter().all(|(may, it)| may.contains(&it.status))
        };
        self.case.outcomes().filter(fits).collect()
    }

    /// One more request: its answer must be the next, and the last.
    fn probe(&mut self) -> End {
        self.write(PROBE);
        self.read_until(usize::MAX);
        let probed = self.answers.last().is_some_and(|it| {
            let body = String::from_utf8_lossy(&it.body);
            body.contains(&format!("\"{PROBED}\""))
        });
        if probed {
            self.answers.pop();
            return End::Served;
        }
        if self.over { End::Closed } else { End::Silent }
    }

    fn read_until(&mut self, count: usize) {
        let begun = Instant::now();
        let mut piece = [0; 16 << 10];
        self.parse();
        while self.answers.len() < count && !self.over && self.wrong.is_none() {
            match self.stream.read(&mut piece) {
                Ok(0) => self.over = true,
                Ok(length) => self.read.extend_from_slice(&piece[..length]),
                Err(error) if is_timeout(error.kind()) => {
                    if begun.elapsed() > PATIENCE {
                        return;
                    }
                }
                // A reset is an end, too: rude, where all of the answer has come.
                Err(_) => self.over = true,
            }
            self.parse();
        }
    }

    fn parse(&mut self) {
        while self.parsed < self.read.len() && self.wrong.is_none() {
            let finals = self.answers.iter().filter(|it| it.status >= 200).count();
            let head = self.case.head && finals == 0;
            match Answer::read(&self.read[self.parsed..], head, self.over) {
                Ok((answer, length)) => {
                    self.parsed += length;
                    self.answers.push(answer);
                }
                Err(Unread::Partial) if self.over => {
                    self.wrong = Some("the last answer is cut off".into());
                }
                Err(Unread::Partial) => return,
                Err(Unread::Wrong(what)) => self.wrong = Some(what),
            }
        }
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
