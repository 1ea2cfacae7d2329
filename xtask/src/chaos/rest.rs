//! The server at rest: what it holds before the load, and what of it may be there afterwards.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::server::Server;

/// How long the server may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(5);

/// By how much the server's memory may grow at its peak, in bytes.
const GROWTH: u64 = 64 << 20;

/// What the server holds when nothing is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    /// Open descriptors of the server's process.
    descriptors: usize,
    /// The most memory it has had so far.
    peak: u64,
    /// Its workers' pids, in order.
    pub(super) workers: Vec<i32>,
}

impl Rest {
    /// Looks at the server, once it stands still.
    pub(super) fn of(server: &Server) -> Result<Self> {
        let mut last = Self::now(server)?;
        loop {
            thread::sleep(Duration::from_millis(20));
            let now = Self::now(server)?;
            if now.descriptors == last.descriptors && now.workers == last.workers {
                return Ok(now);
            }
            last = now;
        }
    }

    /// What is more or less than before, after the server had time to come to rest.
    pub(super) fn complaints(&self, server: &Server) -> Result<Vec<String>> {
        let begun = Instant::now();
        loop {
            let complaints = self.differences(server)?;
            if complaints.is_empty() || begun.elapsed() > PATIENCE {
                return Ok(complaints);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn now(server: &Server) -> Result<Self> {
        let process = server.process()?;
        let mut workers: Vec<i32> = server.workers()?.iter().map(|it| it.pid).collect();
        workers.sort_unstable();
        Ok(Self {
            descriptors: process.descriptors(),
            peak: process.peak(),
            workers,
        })
    }

    fn differences(&self, server: &Server) -> Result<Vec<String>> {
        let now = Self::now(server)?;
        let mut found = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                found.push(what);
            }
        };
        let (size, workers) = (server.size, now.workers.len());
        expect(
            workers == size,
            format!("{workers} worker processes: expected {size}"),
        );
        let ready = server.ready()?;
        expect(
            ready == size,
            format!("{ready} workers are ready: expected {size}"),
        );
        let all = server.all()?;
        let strays = all
            .iter()
            .filter(|it| it.pid != server.pid() && !it.zombie && it.parent != server.pid());
        let strays: Vec<i32> = strays.map(|it| it.pid).collect();
        expect(
            strays.is_empty(),
            format!("processes without their server: {strays:?}"),
        );
        let zombies = server.zombies()?;
        expect(
            zombies.is_empty(),
            format!("processes that nobody reaped: {zombies:?}"),
        );
        let (before, after) = (self.descriptors, now.descriptors);
        expect(
            after <= before,
            format!("{after} open descriptors: {before} before"),
        );
        let (before, after) = (self.peak >> 20, now.peak >> 20);
        expect(
            now.peak <= self.peak + GROWTH,
            format!("the server's memory grew to {after} MiB: {before} before"),
        );
        Ok(found)
    }
}
