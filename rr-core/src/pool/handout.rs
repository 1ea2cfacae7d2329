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

/// How many of those who wait are looked through for one of the right core.
const NEAREST: usize = 64;

/// Who waits on another core goes first nonetheless, once it waits for so much longer than twice as long.
const SLACK: Duration = Duration::from_millis(1);

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
            open: true,
        }))
    }

    /// Takes an idle one, of this core if it can be, or a place in a queue of at most `max`, of any
    /// length where that is not given.
    pub(super) fn take(&self, here: usize, max: Option<usize>) -> Taken<T> {
        let mut state = self.lock();
        if !state.open {
            return Taken::Closed;
        }
        if let Some(it) = state.nearest(here) {
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
        let since = Instant::now();
        state.waiting.push_back(Waiter {
            turn,
            since,
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
    /// The last one put back of those at home `here`, or of all.
    fn nearest(&mut self, here: usize) -> Option<T> {
        let last = self.idle.len().checked_sub(1)?;
        let own = self.idle.iter().rposition(|idle| idle.home == here);
        Some(self.idle.remove(own.unwrap_or(last)).it)
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
        let at = own.filter(|at| {
            let now = Instant::now();
            now - first.since <= 2 * (now - self.waiting[*at].since) + SLACK
        });
        self.waiting.remove(at.unwrap_or(0))
    }

    fn forget_the_gone(&mut self) {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now<T>(taken: Taken<T>) -> Option<T> {
        match taken {
            Taken::Now(it) => Some(it),
            _ => None,
        }
    }

    fn later<T>(taken: Taken<T>) -> oneshot::Receiver<T> {
        match taken {
            Taken::Later(it) => it,
            _ => panic!("expected a place in the queue"),
        }
    }

    #[test]
    fn the_last_used_goes_first() {
        let handout = Handout::new();
        handout.put(1, 0).unwrap();
        handout.put(2, 0).unwrap();
        assert_eq!(now(handout.take(0, None)), Some(2));
        assert_eq!(now(handout.take(0, None)), Some(1));
    }

    #[test]
    fn those_who_wait_are_served_in_order_and_those_gone_are_skipped() {
        let handout = Handout::new();
        let (mut a, b, mut c) = (
            later(handout.take(0, None)),
            later(handout.take(0, None)),
            later(handout.take(0, None)),
        );
        drop(b);
        handout.put(1, 0).unwrap();
        handout.put(2, 0).unwrap();
        handout.put(3, 0).unwrap();
        assert_eq!((a.try_recv(), c.try_recv()), (Ok(1), Ok(2)));
        assert_eq!(now(handout.take(0, None)), Some(3));
    }

    #[test]
    fn the_queue_is_bounded_by_those_still_waiting() {
        let handout = Handout::<u8>::new();
        let first = later(handout.take(0, Some(1)));
        assert!(matches!(handout.take(0, Some(1)), Taken::Full));
        drop(first);
        assert!(matches!(handout.take(0, Some(1)), Taken::Later(_)));
        assert!(matches!(handout.take(0, Some(0)), Taken::Full));
        handout.put(1, 0).unwrap();
        assert_eq!(now(handout.take(0, Some(0))), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_census_knows_who_waits_and_for_how_long() {
        let handout = Handout::<u8>::new();
        let gone = later(handout.take(0, None));
        tokio::time::advance(Duration::from_secs(1)).await;
        let _waiting = (handout.take(0, None), handout.take(0, None));
        tokio::time::advance(Duration::from_secs(2)).await;
        drop(gone);
        let expected = Census {
            idle: 0,
            waiting: 2,
            longest: Duration::from_secs(2),
        };
        assert_eq!(handout.census(), expected);
    }

    #[test]
    fn closing_returns_the_idle_and_tells_the_waiting() {
        let handout = Handout::new();
        handout.put(1, 0).unwrap();
        assert_eq!(handout.close(), [1]);
        assert_eq!(handout.put(2, 0), Err(2));
        assert!(matches!(handout.take(0, None), Taken::Closed));

        let handout = Handout::<u8>::new();
        let mut waiting = later(handout.take(0, None));
        handout.close();
        assert!(waiting.try_recv().is_err());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Take,
        Put(usize),
        GiveUp(usize),
        Remove,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        prop::collection::vec(
            prop_oneof![
                Just(Step::Take),
                any::<usize>().prop_map(Step::Put),
                any::<usize>().prop_map(Step::GiveUp),
                Just(Step::Remove),
            ],
            0..60,
        )
    }

    proptest! {
        /// No thing is ever in two places, none is lost, and nobody waits while one is idle.
        #[test]
        fn things_are_neither_lost_nor_doubled(steps in steps()) {
            let handout = Handout::new();
            let all = 0..4;
            for id in all.clone() {
                handout.put(id, 0).unwrap();
            }
            let (mut held, mut waiting): (Vec<i32>, Vec<oneshot::Receiver<i32>>) = Default::default();
            for step in steps {
                match step {
                    Step::Take => match handout.take(0, None) {
                        Taken::Now(it) => held.push(it),
                        Taken::Later(it) => waiting.push(it),
                        _ => unreachable!("open and unbounded"),
                    },
                    Step::Put(at) if !held.is_empty() => {
                        handout.put(held.swap_remove(at % held.len()), 0).unwrap();
                    }
                    Step::GiveUp(at) if !waiting.is_empty() => {
                        // One that was served in the same moment is put back, as a lease does.
                        if let Ok(it) = waiting.swap_remove(at % waiting.len()).try_recv() {
                            handout.put(it, 0).unwrap();
                        }
                    }
                    Step::Remove => held.extend(handout.remove(|_| true)),
                    _ => {}
                }
                let mut still = Vec::new();
                for mut it in waiting.drain(..) {
                    match it.try_recv() {
                        Ok(got) => held.push(got),
                        Err(_) => still.push(it),
                    }
                }
                waiting = still;
                let state = handout.lock();
                let mut everywhere: Vec<_> = held.iter().chain(state.idle.iter().map(|idle| &idle.it)).copied().collect();
                everywhere.sort_unstable();
                prop_assert_eq!(everywhere, all.clone().collect::<Vec<_>>());
                prop_assert!(state.idle.is_empty() || waiting.is_empty());
            }
        }
    }
}
