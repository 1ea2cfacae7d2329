//! Other options and another command for a pool that works.

use super::{super::keeper::Change, *};

/// Steady load of `tasks` at a time for two seconds: every task is answered.
async fn load(pool: &Pool, tasks: usize) {
    let until = tokio::time::Instant::now() + secs(2);
    let one = || async {
        while tokio::time::Instant::now() < until {
            pool.exec(&task("sleep 10")).await.expect("no task is lost");
        }
    };
    futures_util::future::join_all((0..tasks).map(|_| one())).await;
}

/// Changes `pool` under load, and looks all the while at how many processes there are of each stage.
async fn change_under_load(pool: &Pool, change: Change, stages: &[&Stage]) -> Vec<usize> {
    let mut seen = Vec::new();
    let looks = async {
        for _ in 0..200 {
            seen.push(stages.iter().map(|it| it.alive()).sum());
            sleep(ms(10)).await;
        }
    };
    let change = async {
        sleep(ms(100)).await;
        pool.change(change).await.expect("workers boot");
    };
    tokio::join!(load(pool, 3), looks, change);
    seen
}

#[tokio::test(start_paused = true)]
async fn more_workers_are_there_when_it_returns() {
    let stage = stage();
    let pool = stage.start(workers(2)).await;
    let seen = change_under_load(&pool, Change::by(workers(4), None), &[&stage]).await;
    assert_eq!((seen[0], *seen.last().unwrap()), (2, 4));
    pool.reconfigure(workers(6), None).await.unwrap();
    assert_eq!((stage.alive(), pool.load().workers), (6, 6));
    assert_eq!(stage.count(|it| matches!(it, What::Stopped { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn fewer_workers_finish_what_they_do() {
    let stage = stage();
    let pool = stage.start(workers(4)).await;
    let seen = change_under_load(&pool, Change::by(workers(1), None), &[&stage]).await;
    assert_eq!((seen[0], *seen.last().unwrap()), (4, 1));
    assert_eq!(stage.count(|it| matches!(it, What::Died { .. })), 0);
    assert_eq!(stage.count(|it| matches!(it, What::Killed { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn more_workers_that_do_not_boot_are_given_up() {
    let stage = stage();
    let pool = stage.start(workers(2)).await;
    stage.is_broken.store(true, SeqCst);
    let more = Options {
        max_jobs: 7,
        ..workers(4)
    };
    let error = pool.reconfigure(more, None).await.unwrap_err().to_string();
    assert_eq!(error, "broken on purpose");
    assert_eq!(**pool.shared.options(), workers(2));
    sleep(secs(30)).await;
    let boots = stage.boots.lock().unwrap().len();
    assert!(boots <= 4, "they are not tried for ever: {boots}");
    assert_eq!((stage.alive(), pool.load().workers), (2, 2));
    pool.exec(&task("echo")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn another_number_of_tasks_holds_for_workers_that_run() {
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    for _ in 0..20 {
        pool.exec(&task("echo")).await.unwrap();
    }
    let five = Options {
        max_jobs: 5,
        ..workers(1)
    };
    pool.reconfigure(five, None).await.unwrap();
    sleep(secs(1)).await;
    let jobs = |it: &What| {
        matches!(
            it,
            What::Stopped {
                why: Why::Jobs,
                tasks: 20,
                ..
            }
        )
    };
    assert_eq!(stage.count(jobs), 1, "it has had its share");
    for _ in 0..3 {
        pool.exec(&task("echo")).await.unwrap();
    }
    pool.reconfigure(workers(1), None).await.unwrap();
    for _ in 0..50 {
        pool.exec(&task("echo")).await.unwrap();
    }
    sleep(secs(1)).await;
    let ended = |it: &What| matches!(it, What::Stopped { .. });
    assert_eq!(stage.count(ended), 1, "the second has no limit any more");
}

#[tokio::test(start_paused = true)]
async fn other_limits_are_looked_at_from_then_on() {
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    sleep(secs(100)).await;
    let limits = Limits {
        tick: secs(1),
        ttl: Some(secs(10)),
        ..Limits::default()
    };
    let limited = Options {
        limits,
        ..workers(1)
    };
    pool.reconfigure(limited, None).await.unwrap();
    sleep(secs(3)).await;
    let aged = |it: &What| {
        matches!(
            it,
            What::Stopped {
                why: Why::Age(_),
                ..
            }
        )
    };
    assert_eq!(stage.count(aged), 1);
    pool.reconfigure(workers(1), None).await.unwrap();
    sleep(secs(100)).await;
    assert_eq!(stage.count(aged), 1);
}

#[tokio::test(start_paused = true)]
async fn the_dynamic_allocator_can_be_turned_on_and_off() {
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    let scaling = Scaling {
        most: 3,
        step: 3,
        idle: secs(60),
    };
    let growing = Options {
        scaling: Some(scaling),
        ..workers(1)
    };
    let waiting: Vec<_> = (0..8).map(|_| spawn(&pool, "sleep 500")).collect();
    sleep(ms(200)).await;
    assert_eq!(stage.alive(), 1);
    pool.reconfigure(growing, None).await.unwrap();
    sleep(ms(300)).await;
    assert_eq!(stage.alive(), 4, "tasks that wait already count");
    pool.reconfigure(workers(1), None).await.unwrap();
    for it in waiting {
        it.await.unwrap().unwrap();
    }
    sleep(secs(1)).await;
    assert_eq!((stage.alive(), pool.load().workers), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn workers_that_were_added_stay_unless_their_number_is_another() {
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    pool.add_worker().await.unwrap();
    let longer = Options {
        destroy_timeout: secs(5),
        ..workers(1)
    };
    pool.reconfigure(longer, None).await.unwrap();
    assert_eq!(pool.load().workers, 2);
    pool.reconfigure(workers(3), None).await.unwrap();
    assert_eq!(pool.load().workers, 3);
}

#[tokio::test(start_paused = true)]
async fn workers_of_another_command_come_before_the_old_ones_go() {
    let (old, new) = (stage(), stage());
    let pool = old.start(workers(2)).await;
    let change = Change::by(workers(2), Some(new.boot()));
    let seen = change_under_load(&pool, change, &[&old, &new]).await;
    assert!(seen.iter().all(|it| (2..=4).contains(it)), "{seen:?}");
    assert_eq!((old.alive(), new.alive()), (0, 2));
    pool.reset().await.unwrap();
    assert_eq!((old.boots.lock().unwrap().len(), new.alive()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_command_that_does_not_boot_changes_nothing() {
    let (old, new) = (stage(), stage());
    let pool = old.start(workers(2)).await;
    new.is_broken.store(true, SeqCst);
    let change = Change::by(workers(5), Some(new.boot()));
    let (changed, ()) = tokio::join!(pool.change(change), load(&pool, 3));
    assert_eq!(changed.unwrap_err().to_string(), "broken on purpose");
    assert_eq!(new.boots.lock().unwrap().len(), 1, "one is tried");
    assert_eq!(old.count(|it| matches!(it, What::RolledBack { .. })), 1);
    assert_eq!((old.alive(), new.alive(), pool.load().workers), (2, 0, 2));
    assert_eq!(
        old.boots.lock().unwrap().len(),
        2,
        "the old ones have stayed"
    );
    // Who comes after one that dies is of the old command.
    spawn(&pool, "die").await.unwrap().unwrap_err();
    sleep(secs(1)).await;
    assert_eq!((old.alive(), new.alive()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_command_that_boots_no_more_halfway_is_taken_back_as_a_whole() {
    let (old, new) = (stage(), stage());
    let pool = old.start(workers(4)).await;
    let change = pool.change(Change::by(workers(4), Some(new.boot())));
    let breaks = async {
        sleep(ms(110)).await;
        assert_eq!(new.alive(), 1);
        new.is_broken.store(true, SeqCst);
    };
    let (changed, (), ()) = tokio::join!(change, breaks, load(&pool, 3));
    changed.unwrap_err();
    sleep(secs(2)).await;
    assert_eq!((old.alive(), new.alive()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_change_during_a_reset_ends_both() {
    let (old, new) = (stage(), stage());
    let pool = old.start(workers(2)).await;
    let reset = pool.reset();
    let change = async {
        sleep(ms(50)).await;
        pool.change(Change::by(workers(3), Some(new.boot()))).await
    };
    let (reset, changed) = tokio::join!(reset, change);
    reset.unwrap();
    changed.unwrap();
    assert_eq!((old.alive(), new.alive()), (0, 3));
}
