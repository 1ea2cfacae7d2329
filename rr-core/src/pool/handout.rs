//! Who gets the next idle worker: the last one used on the asker's core goes first, those who wait are served in order.
//!
//! A worker is at home on a core, and so is who asks. Where the home has none, another core lends;
//! where nobody knows of cores, all is at home on core 0.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::oneshot,
    time::{Duration, Instant},
};

/// Idle things of one kind and those who wait for one; never both at once.
///
/// Holding a `T` is owning it. The lock is held for a few instructions and never across an await.
#[derive(Debug)]
pub(super) struct Handout<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    idle: Vec<Idle<T>>,
    waiting: VecDeque<Waiter<T>>,
    /// When somebody last asked, by the core.
    asked: Vec<Option<Instant>>,
    lending: Lending,
    open: bool,
}

#[derive(Debug)]
struct Idle<T> {
    it: T,
    home: usize,
}

#[derive(Debug)]
struct Waiter<T> {
    turn: oneshot::Sender<T>,
    since: Instant,
    /// The core that it waits on.
    home: usize,
}

/// When one that is idle goes to who asks on another core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lending {
    /// Where that core has none idle.
    Always,
    /// Where, besides, nobody asks on the core that lends, or who asks has waited for long. For
    /// tasks so short that those of the own core come back sooner than another core wakes up.
    Unused,
}

/// How many of those who wait are looked through for one of the right core.
const NEAREST: usize = 64;

/// Who waits for so long is lent what is idle on any core; and goes before those of the core itself, once
/// it waits for so much longer than twice as long as they. Where nobody has asked for so long, nobody is soon to ask.
pub(super) const SLACK: Duration = Duration::from_millis(5);

/// How many are idle and how many wait, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Census {
    pub(super) idle: usize,
    pub(super) waiting: usize,
    /// How long the first of those who wait has been waiting.
    pub(super) longest: Duration,
}

/// What asking for a `T` came to.
pub(super) enum Taken<T> {
    /// The last one put back.
    Now(T),
    /// A place in the queue.
    Later(oneshot::Receiver<T>),
    /// The queue is as long as it may get.
    Full,
    /// Nothing is handed out any more.
    Closed,
}

impl<T> Handout<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            asked: Vec::new(),
            lending: Lending::Always,
            open: true,
        }))
    }

    /// Gives what is idle to those who have waited for [`SLACK`]; for them to call.
    pub(super) fn help(&self) {
        self.lock().lend();
    }

    /// From now on it is lent as this says.
    pub(super) fn set_lending(&self, lending: Lending) {
        let mut state = self.lock();
        state.lending = lending;
        state.lend();
    }

    /// Takes an idle one, of this core if it can be, or a place in a queue of at most `max`, of any
    /// length where that is not given.
    pub(super) fn take(&self, here: usize, max: Option<usize>) -> Taken<T> {
        let mut state = self.lock();
        if !state.open {
            return Taken::Closed;
        }
        let now = Instant::now();
        state.note(here, now);
        if let Some(it) = state.nearest(here, now) {
            return Taken::Now(it);
        }
        let is_full = |state: &State<T>| max.is_some_and(|max| state.waiting.len() >= max);
        if is_full(&state) || state.waiting.len() == state.waiting.capacity() {
            // Those who gave up keep their place until somebody looks: before the queue grows, at the latest.
            state.forget_the_gone();
        }
        if is_full(&state) {
            return Taken::Full;
        }
        let (turn, receiver) = oneshot::channel();
        state.waiting.push_back(Waiter {
            turn,
            since: now,
            home: here,
        });
        Taken::Later(receiver)
    }

    /// Gives `it` to whoever waits longest where it is at home, unless somebody waits much longer
    /// elsewhere; else keeps it idle; gives it back once closed.
    pub(super) fn put(&self, mut it: T, home: usize) -> Result<(), T> {
        let mut state = self.lock();
        if !state.open {
            return Err(it);
        }
        while let Some(waiter) = state.next(home) {
            match waiter.turn.send(it) {
                Ok(()) => return Ok(()),
                Err(refused) => it = refused,
            }
        }
        state.idle.push(Idle { it, home });
        Ok(())
    }

    /// Takes out the idle one that was used longest ago, of those that `is` picks.
    pub(super) fn remove(&self, is: impl Fn(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let at = state.idle.iter().position(|idle| is(&idle.it))?;
        Some(state.idle.remove(at).it)
    }

    /// Who is here. Those who gave up are not counted.
    pub(super) fn census(&self) -> Census {
        let mut state = self.lock();
        state.forget_the_gone();
        Census {
            idle: state.idle.len(),
            waiting: state.waiting.len(),
            longest: state
                .waiting
                .front()
                .map_or(Duration::ZERO, |it| it.since.elapsed()),
        }
    }

    /// Hands out nothing any more: all who wait are told, what is idle is returned.
    pub(super) fn close(&self) -> Vec<T> {
        let mut state = self.lock();
        state.open = false;
        state.waiting.clear();
        state.idle.drain(..).map(|idle| idle.it).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Somebody asks on core `here`.
    fn note(&mut self, here: usize, now: Instant) {
        if self.asked.len() <= here {
            self.asked.resize(here + 1, None);
        }
        self.asked[here] = Some(now);
    }

    /// The last one put back of those at home `here`, or of all that may be lent.
    fn nearest(&mut self, here: usize, now: Instant) -> Option<T> {
        let last = self.idle.len().checked_sub(1)?;
        let own = self.idle.iter().rposition(|idle| idle.home == here);
        let at = match (own, self.lending) {
            (Some(own), _) => own,
            (None, Lending::Always) => last,
            (None, Lending::Unused) => self
                .idle
                .iter()
                .rposition(|it| self.is_unused(it.home, now))?,
        };
        Some(self.idle.remove(at).it)
    }

    /// Whether nobody asks on core `home` lately.
    fn is_unused(&self, home: usize, now: Instant) -> bool {
        let asked = self.asked.get(home).copied().flatten();
        asked.is_none_or(|it| now - it > SLACK)
    }

    /// Gives what is idle to those who wait, as far as it may be lent to them.
    fn lend(&mut self) {
        let mut at = 0;
        while let Some(idle) = self.idle.get(at) {
            let home = idle.home;
            let Some(waiter) = self.next(home) else {
                at += 1;
                continue;
            };
            if let Err(it) = waiter.turn.send(self.idle.remove(at).it) {
                self.idle.insert(at, Idle { it, home });
            }
        }
    }

    /// Whose turn it is to get what is at home on core `home`.
    fn next(&mut self, home: usize) -> Option<Waiter<T>> {
        let first = self.waiting.front()?;
        if first.home == home {
            return self.waiting.pop_front();
        }
        let own = self
            .waiting
            .iter()
            .take(NEAREST)
            .position(|it| it.home == home);
        let now = Instant::now();
        let waited = now - first.since;
        let at = own.filter(|at| waited <= 2 * (now - self.waiting[*at].since) + SLACK);
        let is_lent =
            || self.lending == Lending::Always || waited >= SLACK || self.is_unused(home, now);
        match own.is_some() || is_lent() {
            true => self.waiting.remove(at.unwrap_or(0)),
            false => None,
        }
    }

    fn forget_the_gone(&mut self) {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
    }
}

#[cfg(test)]
mod tests;
