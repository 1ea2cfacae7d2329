//! Workers that are forked beside workers that are started one by one: their boot and their memory.

use std::{
    io::Write as _,
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use serde::Serialize;

use super::{
    http,
    rpc::Place,
    sample::percentile,
    site::{self, RrOptions, Site, Workers},
};
use crate::{
    interrupt::Interrupt,
    wire::{ERROR, JSON, Reader, encode},
};

/// Workers beside the first one.
const WORKERS: usize = 15;

/// Requests that are answered before memory is looked at.
const REQUESTS: usize = 320;

/// One way to get workers.
#[derive(Serialize)]
pub(super) struct Way {
    way: &'static str,
    /// From the order to a worker that has introduced itself, in milliseconds.
    spawn: f64,
    slowest: f64,
    /// Proportional share of memory of a worker, in MiB.
    pss: f64,
    /// The same of all PHP processes together.
    all: f64,
}

/// Has `rr` add workers with an application of 40 MiB, in both ways.
///
/// # Errors
/// When a worker does not boot.
pub(super) fn run(rr: &Path, interrupt: &Interrupt) -> Result<Vec<Way>> {
    let ways = [("started one by one", false), ("forked", true)];
    let ways = ways.map(|(way, zygote)| {
        eprintln!("workers, {way}");
        measure(rr, way, zygote, interrupt)
    });
    ways.into_iter().collect()
}

fn measure(rr: &Path, way: &'static str, zygote: bool, interrupt: &Interrupt) -> Result<Way> {
    let mut site = site::rr(&RrOptions {
        zygote,
        ..RrOptions::new(rr, Workers::Php("heap.php"))
    })?;
    site.await_answer("/", interrupt)?;
    let Some(Place::Tcp(port)) = site.rpc else {
        bail!("it answers no RPC over TCP");
    };
    let mut spawns = Vec::with_capacity(WORKERS);
    for _ in 0..WORKERS {
        let took = add_worker(port)?;
        spawns.push(took.as_secs_f64() * 1e3);
        interrupt.check()?;
    }
    spawns.sort_by(f64::total_cmp);
    load(&site)?;
    let pss = site.worker_pss()?;
    let all = site.php_pss()?;
    Ok(Way {
        way,
        spawn: percentile(&spawns, 0.5),
        slowest: percentile(&spawns, 1.0),
        pss: pss.iter().sum::<f64>() / pss.len() as f64,
        all,
    })
}

/// Has one more worker started, and returns how long that took.
fn add_worker(port: u16) -> Result<Duration> {
    const METHOD: &str = "informer.AddWorker";
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let begun = Instant::now();
    let payload = format!("{METHOD}\"http\"");
    stream.write_all(&encode(JSON, &[1, METHOD.len() as u32], payload.as_bytes()))?;
    let mut reader = Reader::new(stream);
    let answer = reader.read()?;
    ensure!(
        answer.flags & ERROR == 0,
        "`{METHOD}` answers {}",
        String::from_utf8_lossy(answer.payload),
    );
    Ok(begun.elapsed())
}

/// So many requests at a time that every worker gets some.
fn load(site: &Site) -> Result<()> {
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..=WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    (0..REQUESTS / (WORKERS + 1))
                        .try_for_each(|_| http::ask(site.port, "/", b"").map(drop))
                })
            })
            .collect();
        let mut ended = clients.into_iter().map(|it| it.join());
        ended.try_for_each(|it| it.expect("a client does not panic"))
    })?;
    std::thread::sleep(Duration::from_millis(200));
    Ok(())
}

/// As a table.
pub(super) fn markdown(ways: &[Way]) -> String {
    let mut table = "| 16 workers with 40 MiB each | spawn ms | slowest ms | PSS a worker MiB | PSS of all MiB |\n\
                     |---|---:|---:|---:|---:|\n"
        .to_owned();
    for way in ways {
        table += &format!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.0} |\n",
            way.way, way.spawn, way.slowest, way.pss, way.all
        );
    }
    table
}
