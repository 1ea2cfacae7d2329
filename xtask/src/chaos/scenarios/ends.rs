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
    server::{Server, Setup},
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
        ends(&server)
    })?;
    let mut report = Report::new(&tally, format!("stopped in {} ms", took.as_millis()));
    finished(&mut report, &mut server)?;
    report.tell(server.ledger()?.lost(&tally));
    report.judge(&tally, |it| {
        matches!(it.fate, Fate::Refused | Fate::Unanswered)
    });
    Ok(report)
}

/// Who asks whether the server is ready, as load balancers do, and goes elsewhere in time, loses nothing.
pub(super) fn drain(ring: &Ring) -> Result<Report> {
    let (mut server, _before) = ring.start(Setup {
        drain_delay: Some("3s"),
        ..Setup::default()
    })?;
    let mut complaints = Vec::new();
    let (tally, told) = ring.storm(&server, Load::default(), |storm| {
        if !server.is_ready()? {
            complaints.push("a server that works says that it is not ready".into());
        }
        storm.wait(ring.time / 2)?;
        server.signal(Signal::SIGTERM);
        let begun = Instant::now();
        let told = storm.until(Duration::from_secs(2), || Ok(!server.is_ready()?))?;
        if !told {
            complaints.push("a server that is about to stop says that it is ready".into());
        }
        let told = begun.elapsed();
        // Not everybody hears of it at once.
        storm.wait(Duration::from_millis(500))?;
        Ok(told)
    })?;
    ends(&server)?;
    let mut report = Report::new(&tally, format!("not ready after {} ms", told.as_millis()));
    report.tell(complaints);
    finished(&mut report, &mut server)?;
    report.judge(&tally, |_| false);
    report.tell(server.ledger()?.complaints(&tally));
    Ok(report)
}

/// Waits for the end of a server that was told to stop; how long that took.
fn ends(server: &Server) -> Result<Duration> {
    let told = Instant::now();
    while !server.has_ended()? && told.elapsed() < STOP {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(told.elapsed())
}

/// Complains unless it has ended well and as a whole.
fn finished(report: &mut Report, server: &mut Server) -> Result<()> {
    match server.group.has_finished() {
        Ok(true) => {}
        Ok(false) => report.tell(vec![format!("the server still runs after {STOP:?}")]),
        Err(why) => report.tell(vec![why.to_string()]),
    }
    let left = server.all()?.len();
    report.expect(left == 0, || format!("{left} processes outlive the server"));
    Ok(())
}
