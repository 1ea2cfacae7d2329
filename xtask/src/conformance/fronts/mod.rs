//! nginx and haproxy in front of rr: both must agree on where a request ends, whatever a client sends.
//!
//! The front gives each request that it passes on an id of its own. A request that PHP saw
//! without one, or with one twice, is a request for rr alone: it was smuggled.

mod front;

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use self::front::{Front, Passed};
use super::{
    h1::{Case, Input, Step, smuggling_variants},
    report::{Fault, Outcome, Verdict},
    site::{Seen, Site},
};
use crate::interrupt::Interrupt;

pub(super) use self::front::Kind;

/// The header that carries the front's id of a request; PHP sees it in this form.
const ID: &str = "X-Front";

/// Clients that come behind each case, to get each its own answer.
const VICTIMS: usize = 4;

/// How long to listen for what a front says to a case.
const HEARD: Duration = Duration::from_millis(100);

/// How long both sides may take to write down what they have done.
const RECORDED: Duration = Duration::from_secs(2);

/// What both sides say of all cases so far.
struct Ledger {
    front: Front,
    site: Site,
    seen: Vec<Seen>,
    passed: Vec<Passed>,
}

/// Sends every variant whose name contains `filter` through a front of this kind.
///
/// # Errors
/// When rr or the front does not start, or is gone after a case.
pub(super) fn run(
    kind: Kind,
    binary: &Path,
    filter: &str,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    if !kind.is_installed() {
        return Ok(Outcome::Absent(kind.help()));
    }
    let site = Site::start(binary, "", interrupt)?;
    let mut ledger = Ledger {
        front: Front::start(kind, &site, interrupt)?,
        site,
        seen: Vec::new(),
        passed: Vec::new(),
    };
    let mut verdicts = Vec::new();
    for case in smuggling_variants().filter(|it| it.name.contains(filter)) {
        interrupt.check()?;
        let fault = ledger
            .check(case)
            .with_context(|| format!("in case `{}`", case.name))?;
        verdicts.push(Verdict {
            name: format!("{}-{}", kind.name(), case.name),
            section: case.section.into(),
            known: None,
            fault,
        });
    }
    Ok(Outcome::Ran(verdicts))
}

impl Ledger {
    fn check(&mut self, case: &Case) -> Result<Option<Fault>> {
        send(&case.input, self.front.port)?;
        let victims = (0..VICTIMS).map(|number| victim(self.front.port, number));
        let robbed: Vec<_> = victims.collect::<Result<_>>()?;
        let found = match robbed.into_iter().flatten().next() {
            Some(robbed) => Some(robbed),
            None => self.disagreement()?,
        };
        Ok(found.map(|got| {
            // One disagreement is enough: it says nothing about the next case.
            self.seen.clear();
            self.passed.clear();
            Fault {
                sent: case.input.bytes().escape_ascii().to_string(),
                expected: "PHP sees the requests that the front passed on, and no others".into(),
                got,
            }
        }))
    }

    /// Fronts write down what they did when they have done it: what differs now may agree soon.
    fn disagreement(&mut self) -> Result<Option<String>> {
        let begun = Instant::now();
        loop {
            self.passed.extend(self.front.passed()?);
            self.seen.extend(self.site.seen()?);
            let found = disagreement(&self.seen, &self.passed);
            if found.is_none() || begun.elapsed() > RECORDED {
                return Ok(found);
            }
            thread::sleep(HEARD / 10);
        }
    }
}

/// Sends the case and listens for a while: what comes back is no matter here.
fn send(input: &Input, port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(HEARD))?;
    match input {
        // A front that has closed already has made up its mind.
        Input::Bytes(bytes) => drop(stream.write_all(bytes)),
        Input::Steps(steps) => {
            for step in *steps {
                match step {
                    Step::Send(bytes) | Step::Drip(bytes) => drop(stream.write_all(bytes)),
                    Step::Repeat(bytes, times) => drop(stream.write_all(&bytes.repeat(*times))),
                    Step::Pause(_) | Step::Await(_) | Step::End => thread::sleep(HEARD / 10),
                }
            }
        }
    }
    let (begun, mut heard) = (Instant::now(), [0; 4096]);
    while stream.read(&mut heard).is_ok_and(|length| length > 0) && begun.elapsed() < 10 * HEARD {}
    Ok(())
}

/// Asks as somebody else does; what was wrong with the answer.
fn victim(port: u16, number: usize) -> Result<Option<String>> {
    let path = format!("/victim/{number}");
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: victim\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // One that never comes shows in what was read until then.
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    let own = answer.starts_with("HTTP/1.1 200")
        && answer.contains(&format!("\"uri\":\"http://victim{path}\""))
        && answer.contains("\"method\":\"GET\"");
    Ok((!own).then(|| format!("another client, which asked for {path}, got `{answer}`")))
}

/// What PHP saw that the front did not pass on, or the front believes answered and PHP never saw.
fn disagreement(seen: &[Seen], passed: &[Passed]) -> Option<String> {
    let known: HashSet<_> = passed.iter().map(|it| it.id.as_str()).collect();
    let mut ids = HashSet::new();
    for request in seen {
        let values = request.headers.get(ID).map_or(&[][..], Vec::as_slice);
        match values {
            [id] if !known.contains(id.as_str()) => {
                return Some(format!(
                    "PHP saw `{request}` by an id that the front never gave"
                ));
            }
            [id] if !ids.insert(id.as_str()) => {
                return Some(format!("PHP saw `{request}` by an id that came before"));
            }
            [_] => {}
            _ => {
                return Some(format!(
                    "PHP saw `{request}`, which the front did not pass on"
                ));
            }
        }
    }
    let lost = passed.iter().find(|it| {
        // The file is answered before PHP.
        it.status == 200 && it.path != "/file.txt" && !ids.contains(it.id.as_str())
    });
    lost.map(|it| format!("the front got 200 for {}, which PHP never saw", it.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: &[&[&str]], passed: &[(&str, u16)], expected: Option<&str>) {
        let seen: Vec<Seen> = seen
            .iter()
            .map(|ids| Seen {
                method: "GET".into(),
                uri: "http://a/".into(),
                headers: [(ID.to_owned(), ids.iter().map(|it| (*it).into()).collect())].into(),
                body: String::new(),
            })
            .collect();
        let passed = passed.iter().map(|(id, status)| Passed {
            id: (*id).into(),
            status: *status,
            path: "/a".into(),
        });
        let found = disagreement(&seen, &passed.collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn every_request_of_php_has_an_id_of_the_front() {
        check(
            &[&["1"], &["2"]],
            &[("1", 200), ("2", 200), ("3", 400)],
            None,
        );
        let alone = "PHP saw `GET http://a/`, which the front did not pass on";
        check(&[&["1"], &[]], &[("1", 200)], Some(alone));
        let twice = "PHP saw `GET http://a/` by an id that came before";
        check(&[&["1"], &["1"]], &[("1", 200)], Some(twice));
        let never = "PHP saw `GET http://a/` by an id that the front never gave";
        check(&[&["2"]], &[("1", 400)], Some(never));
        let lost = "the front got 200 for /a, which PHP never saw";
        check(&[], &[("1", 200)], Some(lost));
    }
}
