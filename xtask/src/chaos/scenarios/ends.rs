//! The end of the server itself: at once, which leaves no worker behind, and in good order, which loses no request.

use std::{
    io::Write as _,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::chaos::{
    judge::Report,
    ring::Ring,
    server::Setup,
    shot::{Ask, Fate},
    storm::Load,
    tally::Tally,
};

/// How long workers may outlive a server that was killed.
const ORPHANS: Duration = Duration::from_secs(2);

/// How long the server may take to stop: longer than any request here.
const STOP: Duration = Duration::from_secs(5);

/// Two workers are idle then, two busy for longer than anybody waits.
pub(super) fn crash(ring: &Ring) -> Result<Report> {
    let (server, _before) = ring.start(Setup::default())?;
    let sleepers: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut client = TcpStream::connect(("127.0.0.1", server.port))?;
            client.write_all(b"GET /?work=60000 HTTP/1.1\r\nHost: chaos\r\n\r\n")?;
            Ok(client)
        })
        .collect::<Result<_>>()?;
    let pause = Duration::from_millis(5);
    let limit = Duration::from_secs(5);
    ring.interrupt.wait("two busy workers", limit, pause, || {
        Ok((server.ready()? == 2).then_some(()))
    })?;
    server.signal(Signal::SIGKILL);
    let killed = Instant::now();
    let is_gone = server.is_gone_within(ORPHANS)?;
    let took = killed.elapsed().as_millis();
    let mut report = Report::new(&Tally::default(), format!("looked for {took} ms"));
    drop(sleepers);
    report.expect(is_gone, || {
        let left = server.all().unwrap_or_default();
        let left: Vec<i32> = left.iter().map(|it| it.pid).collect();
        format!("worker processes outlive the server: {left:?}")
    });
    Ok(report)
}

/// What PHP has executed is answered; a connection that is closed before may be used elsewhere.
pub(super) fn stop(ring: &Ring) -> Result<Report> {
    let (mut server, _before) = ring.start(Setup::default())?;
    let load = Load {
        ask: |id, random| {
            let work = Duration::from_millis(random.u64(..20));
            Ask::page(id, random).working(work)
        },
        ..Load::default()
    };
    let (tally, took) = ring.storm(&server, load, |storm| {
        storm.wait(ring.time / 2)?;
        server.signal(Signal::SIGTERM);
        let told = Instant::now();
        while !server.has_ended()? && told.elapsed() < STOP {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(told.elapsed())
    })?;
    let mut report = Report::new(&tally, format!("stopped in {} ms", took.as_millis()));
    match server.group.has_finished() {
        Ok(true) => {}
        Ok(false) => report.tell(vec![format!("the server still runs after {STOP:?}")]),
        Err(why) => report.tell(vec![why.to_string()]),
    }
    let left = server.all()?.len();
    report.expect(left == 0, || format!("{left} processes outlive the server"));
    report.tell(server.ledger()?.lost(&tally));
    report.judge(&tally, |it| {
        matches!(it.fate, Fate::Refused | Fate::Unanswered)
    });
    Ok(report)
}
