//! Who gets what: in order, in bounds, by core; and that nothing is lost or doubled.

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

#[test]
fn who_is_at_home_on_the_askers_core_goes_first() {
    let handout = Handout::new();
    handout.put(1, 1).unwrap();
    handout.put(2, 0).unwrap();
    assert_eq!(now(handout.take(1, None)), Some(1));
    assert_eq!(now(handout.take(1, None)), Some(2), "another core lends");
}

#[test]
fn who_waits_on_the_core_of_what_comes_back_goes_first() {
    let handout = Handout::new();
    let mut elsewhere = later(handout.take(1, None));
    let mut here = later(handout.take(0, None));
    handout.put(1, 0).unwrap();
    assert_eq!(here.try_recv(), Ok(1));
    handout.put(2, 0).unwrap();
    assert_eq!(elsewhere.try_recv(), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_much_longer_than_those_of_another_core() {
    let handout = Handout::new();
    let mut elsewhere = later(handout.take(1, None));
    tokio::time::advance(2 * SLACK).await;
    let mut here = later(handout.take(0, None));
    handout.put(1, 0).unwrap();
    assert_eq!(
        (elsewhere.try_recv(), here.try_recv().is_ok()),
        (Ok(1), false)
    );
}

/// One is idle on core 1, where somebody has asked just now.
fn lending_what_is_unused() -> Handout<u8> {
    let handout = Handout::new();
    handout.set_lending(Lending::Unused);
    handout.put(1, 1).unwrap();
    handout.put(2, 1).unwrap();
    assert_eq!(now(handout.take(1, None)), Some(2));
    handout
}

#[tokio::test(start_paused = true)]
async fn a_core_where_somebody_asks_keeps_what_is_idle() {
    let handout = lending_what_is_unused();
    let mut waits = later(handout.take(0, None));
    handout.put(2, 1).unwrap();
    handout.help();
    assert!(waits.try_recv().is_err());
    assert_eq!(now(handout.take(1, None)), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_core_where_nobody_asks_lends() {
    let handout = lending_what_is_unused();
    tokio::time::advance(2 * SLACK).await;
    assert_eq!(now(handout.take(0, None)), Some(1));
    let mut waits = later(handout.take(0, None));
    handout.put(2, 1).unwrap();
    assert_eq!(waits.try_recv(), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_long_is_lent_what_is_idle() {
    let handout = lending_what_is_unused();
    let mut waits = later(handout.take(0, None));
    tokio::time::advance(SLACK).await;
    assert!(matches!(handout.take(1, None), Taken::Now(1)));
    handout.put(1, 1).unwrap();
    assert_eq!(waits.try_recv(), Ok(1));

    let handout = lending_what_is_unused();
    let mut waits = later(handout.take(0, None));
    tokio::time::advance(SLACK).await;
    handout.help();
    assert_eq!(waits.try_recv(), Ok(1), "without anybody else's doing");
}

#[tokio::test(start_paused = true)]
async fn another_way_of_lending_holds_for_those_who_wait() {
    let handout = lending_what_is_unused();
    let mut waits = later(handout.take(0, None));
    assert!(waits.try_recv().is_err());
    handout.set_lending(Lending::Always);
    assert_eq!(waits.try_recv(), Ok(1));
}

#[derive(Clone, Debug)]
enum Step {
    Take(usize),
    Put(usize),
    GiveUp(usize),
    Remove,
    Lend(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        prop_oneof![
            (0..2usize).prop_map(Step::Take),
            any::<usize>().prop_map(Step::Put),
            any::<usize>().prop_map(Step::GiveUp),
            Just(Step::Remove),
            any::<bool>().prop_map(Step::Lend),
        ],
        0..60,
    )
}

proptest! {
    /// No thing is ever in two places, none is lost, and nobody waits while one is idle on their
    /// core, or on any that lends. Those with an even number are at home on core 0, the others on core 1.
    #[test]
    fn things_are_neither_lost_nor_doubled(steps in steps()) {
        let handout = Handout::new();
        let all = 0..4;
        let home = |id: i32| usize::from(id % 2 == 1);
        let mut lending = Lending::Always;
        for id in all.clone() {
            handout.put(id, home(id)).unwrap();
        }
        let (mut held, mut waiting): (Vec<i32>, Vec<oneshot::Receiver<i32>>) = Default::default();
        for step in steps {
            match step {
                Step::Take(core) => match handout.take(core, None) {
                    Taken::Now(it) => held.push(it),
                    Taken::Later(it) => waiting.push(it),
                    _ => unreachable!("open and unbounded"),
                },
                Step::Put(at) if !held.is_empty() => {
                    let id = held.swap_remove(at % held.len());
                    handout.put(id, home(id)).unwrap();
                }
                Step::GiveUp(at) if !waiting.is_empty() => {
                    // One that was served in the same moment is put back, as a lease does.
                    if let Ok(it) = waiting.swap_remove(at % waiting.len()).try_recv() {
                        handout.put(it, home(it)).unwrap();
                    }
                }
                Step::Lend(always) => {
                    lending = if always { Lending::Always } else { Lending::Unused };
                    handout.set_lending(lending);
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
            prop_assert!(lending == Lending::Unused || state.idle.is_empty() || waiting.is_empty());
            for idle in &state.idle {
                let of_its_core = |it: &Waiter<i32>| it.home == idle.home && !it.turn.is_closed();
                prop_assert!(!state.waiting.iter().any(of_its_core), "waits beside its own core's");
            }
        }
    }
}
