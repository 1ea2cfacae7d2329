//! Load on a server while trouble is made.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use fastrand::Rng;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::{Instant as Tick, sleep_until},
};

use super::{
    client::Client,
    shot::{Ask, Fate, Shot},
    tally::Tally,
};
use crate::interrupt::Interrupt;

/// How long clients pause who find nobody listening.
const REFUSED: Duration = Duration::from_millis(10);

/// What clients do.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// Connections that ask, each one request after the other.
    pub(super) connections: u32,
    /// As many of them take a new connection for each request.
    pub(super) fresh: u32,
    /// Further clients that leave before they are answered.
    pub(super) leaving: u32,
    /// Requests a second that all connections together ask for; `None`: as fast as they are answered.
    pub(super) rate: Option<u32>,
    /// What is asked next.
    pub(super) ask: fn(u64, &mut Rng) -> Ask,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            connections: 16,
            fresh: 0,
            leaving: 0,
            rate: None,
            ask: Ask::page,
        }
    }
}

impl Load {
    /// A single connection.
    pub(super) fn one() -> Self {
        Self {
            connections: 1,
            ..Self::default()
        }
    }
}

/// Whom to ask, and the dice.
pub(super) struct Target<'a> {
    pub(super) port: u16,
    pub(super) ids: Arc<AtomicU64>,
    pub(super) newest: Arc<AtomicU64>,
    pub(super) random: Rng,
    pub(super) interrupt: &'a Interrupt,
}

/// The load as the one who makes trouble sees it.
pub(super) struct Storm<'a> {
    end: Instant,
    interrupt: &'a Interrupt,
    ids: Arc<AtomicU64>,
    own: RefCell<Own>,
}

/// The troublemaker's own requests.
struct Own {
    runtime: Runtime,
    client: Client,
    random: Rng,
    shots: Vec<Shot>,
}

/// Loads `target` until `trouble`, which is told to take `time`, is over.
///
/// # Errors
/// What `trouble` fails with.
pub(super) fn storm<T>(
    load: Load,
    time: Duration,
    mut target: Target<'_>,
    trouble: impl FnOnce(&Storm<'_>) -> Result<T>,
) -> Result<(Tally, T)> {
    let began = Instant::now();
    let over = Arc::new(AtomicBool::new(false));
    let client = || Client::new(target.port, began, Arc::clone(&target.newest));
    let mut crowd = JoinSet::new();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    for number in 0..load.connections + load.leaving {
        let asking = Asking {
            client: client(),
            load,
            random: target.random.fork(),
            ids: Arc::clone(&target.ids),
            over: Arc::clone(&over),
        };
        let handle = runtime.handle();
        match number < load.connections {
            true => crowd.spawn_on(asking.stay(number), handle),
            false => crowd.spawn_on(asking.leave(), handle),
        };
    }
    let storm = Storm {
        end: began + time,
        interrupt: target.interrupt,
        ids: Arc::clone(&target.ids),
        own: RefCell::new(Own {
            runtime: Builder::new_current_thread().enable_all().build()?,
            client: client(),
            random: target.random.fork(),
            shots: Vec::new(),
        }),
    };
    thread::scope(|scope| {
        let crowd = scope.spawn(|| {
            let shots = runtime.block_on(crowd.join_all());
            (shots, Instant::now())
        });
        let outcome = trouble(&storm);
        let ended = Instant::now();
        over.store(true, Ordering::SeqCst);
        let (shots, last) = crowd.join().expect("clients do not panic");
        let mut shots = shots.concat();
        shots.extend(storm.own.into_inner().shots);
        let tally = Tally {
            shots,
            drained: last.saturating_duration_since(ended),
        };
        Ok((tally, outcome?))
    })
}

impl Storm<'_> {
    /// Makes trouble now and every `period`, until the time is over; how often that was.
    pub(super) fn every(
        &self,
        period: Duration,
        mut trouble: impl FnMut() -> Result<()>,
    ) -> Result<usize> {
        let mut next = Instant::now();
        for number in 0.. {
            let now = Instant::now();
            if now >= self.end {
                return Ok(number);
            }
            trouble()?;
            // Trouble that takes longer than its period is made without a pause.
            next = (next + period).max(Instant::now());
            self.sleep_until(next.min(self.end))?;
        }
        unreachable!("the time ends before the numbers do")
    }

    /// Lets the load go on for `time`.
    pub(super) fn wait(&self, time: Duration) -> Result<()> {
        self.sleep_until(Instant::now() + time)
    }

    /// Whether the time is over.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Lets the load go on to the end of its time.
    pub(super) fn wait_for_end(&self) -> Result<()> {
        self.sleep_until(self.end)
    }

    /// Lets the load go on until `holds`, for no longer than `limit`; whether it does.
    pub(super) fn until(
        &self,
        limit: Duration,
        mut holds: impl FnMut() -> Result<bool>,
    ) -> Result<bool> {
        let end = Instant::now() + limit;
        while !holds()? {
            if Instant::now() >= end {
                return Ok(false);
            }
            self.wait(Duration::from_millis(20))?;
        }
        Ok(true)
    }

    /// Sends a request of the troublemaker's own, which is counted like all others.
    pub(super) fn ask(&self, make: impl FnOnce(Ask) -> Ask) -> Shot {
        let own = &mut *self.own.borrow_mut();
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let ask = make(Ask::page(id, &mut own.random));
        let shot = own.runtime.block_on(own.client.ask(ask));
        own.shots.push(shot.clone());
        shot
    }

    fn sleep_until(&self, when: Instant) -> Result<()> {
        loop {
            self.interrupt.check()?;
            let left = when.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// One of the crowd.
struct Asking {
    client: Client,
    load: Load,
    random: Rng,
    ids: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Asking {
    async fn stay(mut self, number: u32) -> Vec<Shot> {
        let connections = self.load.connections;
        let period = self
            .load
            .rate
            .map(|rate| Duration::from_secs(1) * connections / rate);
        // Not all at once.
        let mut next = Tick::now() + period.unwrap_or_default() * number / connections;
        let mut shots = Vec::new();
        while !self.over.load(Ordering::SeqCst) {
            if let Some(period) = period {
                sleep_until(next).await;
                next = Tick::now().max(next + period);
            }
            let ask = self.next();
            if number < self.load.fresh {
                self.client.hang_up();
            }
            let shot = self.client.ask(ask).await;
            if shot.fate == Fate::Refused {
                tokio::time::sleep(REFUSED).await;
            }
            shots.push(shot);
        }
        shots
    }

    async fn leave(mut self) -> Vec<Shot> {
        while !self.over.load(Ordering::SeqCst) {
            let (ask, stay) = (self.next(), self.random.u64(..15));
            self.client.leave(&ask, Duration::from_millis(stay)).await;
        }
        Vec::new()
    }

    fn next(&mut self) -> Ask {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        (self.load.ask)(id, &mut self.random)
    }
}
