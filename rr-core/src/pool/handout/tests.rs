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

/// Two on each of two cores; those of core 0 have tasks.
fn lending_what_is_unused() -> Handout<u8> {
    let handout = Handout::new();
    for core in [0, 0, 1, 1] {
        handout.enter(core);
    }
    handout.set_lending(Lending::Unused);
    handout.put(3, 1).unwrap();
    handout.put(4, 1).unwrap();
    handout
}

#[test]
fn a_core_without_tasks_lends() {
    let handout = lending_what_is_unused();
    assert_eq!(now(handout.take(0, None)), Some(4));
    let mut waits = later(handout.take(0, None));
    assert!(waits.try_recv().is_err(), "core 1 has a task now");
    handout.put(4, 1).unwrap();
    assert_eq!(waits.try_recv(), Ok(4), "it has none any more");
}

#[tokio::test(start_paused = true)]
async fn a_core_with_tasks_lends_to_who_waits_for_long() {
    let handout = lending_what_is_unused();
    let busy = now(handout.take(1, None)).unwrap();
    let also_busy = now(handout.take(1, None)).unwrap();
    let mut waits = later(handout.take(0, None));
    handout.put(also_busy, 1).unwrap();
    assert!(waits.try_recv().is_err());
    let third = now(handout.take(1, None)).unwrap();
    tokio::time::advance(2 * SLACK).await;
    handout.put(third, 1).unwrap();
    assert_eq!(waits.try_recv(), Ok(third));
    assert_eq!(busy, 4);
}

#[test]
fn whatever_ends_the_reason_not_to_lend_lends() {
    let ends: [fn(&Handout<u8>); 2] = [
        |it| it.set_lending(Lending::Always),
        // The busy one has died.
        |it| it.leave(1),
    ];
    for end in ends {
        let handout = lending_what_is_unused();
        now(handout.take(1, None)).unwrap();
        let mut waits = later(handout.take(0, None));
        assert!(waits.try_recv().is_err());
        end(&handout);
        assert_eq!(waits.try_recv(), Ok(3));
    }
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
    /// No thing is ever in two places, none is lost, and nobody waits while one is idle on a core
    /// that lends. Those with an even number are at home on core 0, the others on core 1.
    #[test]
    fn things_are_neither_lost_nor_doubled(steps in steps()) {
        let handout = Handout::new();
        let all = 0..4;
        let home = |id: i32| usize::from(id % 2 == 1);
        let mut lending = Lending::Always;
        for id in all.clone() {
            handout.enter(home(id));
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
            for idle in &state.idle {
                let is_lent = lending == Lending::Always || state.is_unused(idle.home, 0);
                prop_assert!(!is_lent || waiting.is_empty());
            }
        }
    }
}
