//! Guests are spread, tasks run where they are at home, and threads end with the last handle.

use super::*;

fn two() -> Option<Cores> {
    let mut cpus = affinity::allowed();
    cpus.truncate(2);
    (cpus.len() == 2).then(|| Cores::start_on(cpus).unwrap())
}

#[test]
fn the_core_with_the_fewest_guests_gets_the_next() {
    let Some(cores) = two() else {
        return;
    };
    let (first, second, third) = (cores.seat(), cores.seat(), cores.seat());
    assert_eq!((first.core, second.core, third.core), (0, 1, 0));
    drop((first, third));
    let (fourth, fifth) = (cores.seat(), cores.seat());
    assert_eq!((fourth.core, fifth.core), (0, 0));
}

#[test]
fn a_task_knows_where_it_is() {
    let Some(cores) = two() else {
        return;
    };
    for number in 0..2 {
        let (tell, told) = mpsc::channel();
        cores.runtime(number).spawn(async move {
            tell.send((here(), thread::available_parallelism().unwrap().get()))
                .unwrap();
        });
        assert_eq!(told.recv().unwrap(), (number, 1));
    }
    assert_eq!(here(), 0);
}

#[test]
fn what_blocks_is_bound_to_no_core() {
    let Some(cores) = two() else {
        return;
    };
    let (tell, told) = mpsc::channel();
    cores.first().spawn_blocking(move || {
        tell.send(thread::available_parallelism().unwrap().get())
            .unwrap();
    });
    assert!(told.recv().unwrap() > 1);
}

#[test]
fn the_threads_end_with_the_last_handle() {
    let Some(cores) = two() else {
        return;
    };
    let (tell, told) = mpsc::channel::<()>();
    cores.runtime(1).spawn(async move {
        let _held = tell;
        std::future::pending::<()>().await;
    });
    drop(cores);
    assert!(
        told.recv().is_err(),
        "its task was dropped with the runtime"
    );
}
