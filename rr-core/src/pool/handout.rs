//! Who gets the next idle worker: the last one used goes first, those who wait are served in order.

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
    idle: Vec<T>,
    waiting: VecDeque<Waiter<T>>,
    open: bool,
}

#[derive(Debug)]
struct Waiter<T> {
    turn: oneshot::Sender<T>,
    since: Instant,
}

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

    /// Takes an idle one, or a place in a queue of at most `max`, of any length where that is not given.
    pub(super) fn take(&self, max: Option<usize>) -> Taken<T> {
        let mut state = self.lock();
        if !state.open {
            return Taken::Closed;
        }
        if let Some(it) = state.idle.pop() {
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
        state.waiting.push_back(Waiter { turn, since });
        Taken::Later(receiver)
    }

    /// Gives `it` to whoever waits longest, else keeps it idle; gives it back once closed.
    pub(super) fn put(&self, mut it: T) -> Result<(), T> {
        let mut state = self.lock();
        if !state.open {
            return Err(it);
        }
        while let Some(waiter) = state.waiting.pop_front() {
            match waiter.turn.send(it) {
                Ok(()) => return Ok(()),
                Err(refused) => it = refused,
            }
        }
        state.idle.push(it);
        Ok(())
    }

    /// Takes out the idle one that was used longest ago, of those that `is` picks.
    pub(super) fn remove(&self, is: impl Fn(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let at = state.idle.iter().position(is)?;
        Some(state.idle.remove(at))
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
        std::mem::take(&mut state.idle)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
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
        handout.put(1).unwrap();
        handout.put(2).unwrap();
        assert_eq!(now(handout.take(None)), Some(2));
        assert_eq!(now(handout.take(None)), Some(1));
    }

    #[test]
    fn those_who_wait_are_served_in_order_and_those_gone_are_skipped() {
        let handout = Handout::new();
        let (mut a, b, mut c) = (
            later(handout.take(None)),
            later(handout.take(None)),
            later(handout.take(None)),
        );
        drop(b);
        handout.put(1).unwrap();
        handout.put(2).unwrap();
        handout.put(3).unwrap();
        assert_eq!((a.try_recv(), c.try_recv()), (Ok(1), Ok(2)));
        assert_eq!(now(handout.take(None)), Some(3));
    }

    #[test]
    fn the_queue_is_bounded_by_those_still_waiting() {
        let handout = Handout::<u8>::new();
        let first = later(handout.take(Some(1)));
        assert!(matches!(handout.take(Some(1)), Taken::Full));
        drop(first);
        assert!(matches!(handout.take(Some(1)), Taken::Later(_)));
        assert!(matches!(handout.take(Some(0)), Taken::Full));
        handout.put(1).unwrap();
        assert_eq!(now(handout.take(Some(0))), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_census_knows_who_waits_and_for_how_long() {
        let handout = Handout::<u8>::new();
        let gone = later(handout.take(None));
        tokio::time::advance(Duration::from_secs(1)).await;
        let _waiting = (handout.take(None), handout.take(None));
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
        handout.put(1).unwrap();
        assert_eq!(handout.close(), [1]);
        assert_eq!(handout.put(2), Err(2));
        assert!(matches!(handout.take(None), Taken::Closed));

        let handout = Handout::<u8>::new();
        let mut waiting = later(handout.take(None));
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
                handout.put(id).unwrap();
            }
            let (mut held, mut waiting): (Vec<i32>, Vec<oneshot::Receiver<i32>>) = Default::default();
            for step in steps {
                match step {
                    Step::Take => match handout.take(None) {
                        Taken::Now(it) => held.push(it),
                        Taken::Later(it) => waiting.push(it),
                        _ => unreachable!("open and unbounded"),
                    },
                    Step::Put(at) if !held.is_empty() => {
                        handout.put(held.swap_remove(at % held.len())).unwrap();
                    }
                    Step::GiveUp(at) if !waiting.is_empty() => {
                        // One that was served in the same moment is put back, as a lease does.
                        if let Ok(it) = waiting.swap_remove(at % waiting.len()).try_recv() {
                            handout.put(it).unwrap();
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
                let mut everywhere: Vec<_> = held.iter().chain(&state.idle).copied().collect();
                everywhere.sort_unstable();
                prop_assert_eq!(everywhere, all.clone().collect::<Vec<_>>());
                prop_assert!(state.idle.is_empty() || waiting.is_empty());
            }
        }
    }
}
