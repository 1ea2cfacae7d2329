//! Successors come before their predecessors go; the pool grows and shrinks with its queue.

use super::*;

/// Looks every 10 ms for `time`: the fewest and the most processes.
async fn watch(stage: &Stage, time: Duration) -> (usize, usize) {
    let (mut least, mut most) = (usize::MAX, 0);
    for _ in 0..time.as_millis() / 10 {
        least = least.min(stage.alive());
        most = most.max(stage.alive());
        sleep(ms(10)).await;
    }
    (least, most)
}

async fn check_limited(limits: Limits, why: Why) {
    let stage = stage();
    let pool = stage
        .start(Options {
            limits,
            ..workers(2)
        })
        .await;
    for _ in 0..2 {
        spawn(&pool, "sleep 10").await.unwrap().unwrap();
    }
    let both = (spawn(&pool, "sleep 10"), spawn(&pool, "sleep 10"));
    both.0.await.unwrap().unwrap();
    both.1.await.unwrap().unwrap();
    let (least, most) = watch(&stage, secs(15)).await;
    assert_eq!(least, 2, "never one less");
    assert!(most <= 3, "one at a time");
    let due = |it: &What| matches!(it, What::Due { why: it, .. } if *it == why);
    let stopped = |it: &What| matches!(it, What::Stopped { why: it, .. } if *it == why);
    assert!(stage.count(due) >= 2);
    assert!(stage.count(stopped) >= 2);
}

#[tokio::test(start_paused = true)]
async fn old_workers_go_after_their_successors_came() {
    let limits = Limits {
        tick: secs(1),
        ttl: Some(secs(10)),
        ..Limits::default()
    };
    check_limited(limits, Why::Age(secs(10))).await;
}

#[tokio::test(start_paused = true)]
async fn idle_workers_go_after_their_successors_came() {
    let limits = Limits {
        tick: secs(1),
        idle_ttl: Some(secs(5)),
        ..Limits::default()
    };
    check_limited(limits, Why::Idle(secs(5))).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_past_its_age_serves_on_while_the_code_is_broken() {
    let stage = stage();
    let limits = Limits {
        tick: secs(1),
        ttl: Some(secs(10)),
        ..Limits::default()
    };
    let pool = stage
        .start(Options {
            limits,
            ..workers(1)
        })
        .await;
    stage.is_broken.store(true, SeqCst);
    sleep(secs(60)).await;
    pool.exec(&task("echo")).await.expect("it is still there");
    stage.is_broken.store(false, SeqCst);
    sleep(secs(15)).await;
    assert_eq!(stage.count(|it| matches!(it, What::Stopped { .. })), 1);
    assert_eq!(stage.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn max_jobs_calls_for_a_successor_and_never_gives_more_than_14_percent_extra() {
    let stage = stage();
    let pool = stage
        .start(Options {
            max_jobs: 100,
            ..workers(1)
        })
        .await;
    for _ in 0..1000 {
        pool.exec(&task("sleep 20")).await.unwrap();
    }
    let counts: Vec<u64> = stage
        .events
        .lock()
        .unwrap()
        .iter()
        .filter_map(|it| match it {
            What::Stopped { tasks, .. } => Some(*tasks),
            _ => None,
        })
        .collect();
    assert!(counts.len() >= 8, "{counts:?}");
    assert!(
        counts.iter().all(|it| (100..=114).contains(it)),
        "{counts:?}"
    );
    // Five tasks of 20 ms fit into a boot: with 7 % of leeway nobody ever waited for one.
    assert_eq!(pool.load().waited, 0);
}

#[tokio::test(start_paused = true)]
async fn a_reset_tries_one_and_then_goes_on_with_a_few_at_a_time() {
    let stage = stage();
    let pool = stage.start(workers(16)).await;
    let reset = tokio::spawn({
        let pool = pool.clone();
        async move { pool.reset().await }
    });
    sleep(ms(50)).await;
    assert_eq!(stage.boots.lock().unwrap().len(), 17, "the first is alone");
    let (least, most) = watch(&stage, secs(3)).await;
    assert!(least >= 16 && most <= 20, "{least} to {most}");
    reset.await.unwrap().unwrap();
    let done = |it: &What| matches!(it, What::Reset { workers: 16, .. });
    assert_eq!(stage.count(done), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_to_broken_code_is_rolled_back_and_told() {
    let stage = stage();
    let pool = stage.start(workers(4)).await;
    stage.is_broken.store(true, SeqCst);
    pool.reset().await.unwrap_err();
    sleep(secs(60)).await;
    assert_eq!(stage.count(|it| matches!(it, What::RolledBack { .. })), 1);
    assert_eq!(
        stage.boots.lock().unwrap().len(),
        5,
        "nothing is tried again"
    );
    assert_eq!(stage.alive(), 4);
    stage.is_broken.store(false, SeqCst);
    pool.reset().await.unwrap();
}

fn scaling() -> Options {
    Options {
        scaling: Some(Scaling {
            most: 5,
            step: 2,
            idle: secs(10),
        }),
        ..workers(1)
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_calls_for_nobody() {
    let stage = stage();
    let pool = stage.start(scaling()).await;
    let all: Vec<_> = (0..20).map(|_| spawn(&pool, "sleep 2")).collect();
    for it in all {
        it.await.unwrap().unwrap();
    }
    assert_eq!(stage.boots.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn more_workers_come_while_tasks_wait_and_go_when_none_does() {
    let stage = stage();
    let pool = stage.start(scaling()).await;
    let all: Vec<_> = (0..12).map(|_| spawn(&pool, "sleep 2000")).collect();
    sleep(ms(40)).await;
    assert_eq!(pool.load().workers, 1, "too early");
    sleep(ms(20)).await;
    assert_eq!(pool.load().workers, 3, "one step");
    sleep(ms(500)).await;
    assert_eq!(
        (pool.load().workers, stage.alive()),
        (6, 6),
        "no more than allowed"
    );
    for it in all {
        it.await.unwrap().unwrap();
    }
    // The last of them began to work at about two seconds, and now it is about four.
    sleep(secs(7)).await;
    assert_eq!(stage.alive(), 6, "not yet");
    sleep(secs(2)).await;
    assert_eq!((pool.load().workers, stage.alive()), (1, 1));
    let scaled = stage.count(|it| matches!(it, What::Scaled { .. }));
    assert_eq!(scaled, 4, "three up, one down");
    // And again.
    let all: Vec<_> = (0..3).map(|_| spawn(&pool, "sleep 1000")).collect();
    sleep(ms(300)).await;
    assert_eq!(stage.alive(), 3);
    for it in all {
        it.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn busy_workers_that_are_too_many_finish_their_task() {
    let stage = stage();
    let pool = stage.start(scaling()).await;
    let all: Vec<_> = (0..3).map(|_| spawn(&pool, "sleep 30000")).collect();
    sleep(secs(25)).await;
    assert_eq!(stage.alive(), 3);
    for it in all {
        it.await.unwrap().unwrap();
    }
    sleep(secs(11)).await;
    assert_eq!(stage.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_cannot_be_added_does_not_count() {
    let stage = stage();
    let pool = stage.start(workers(2)).await;
    stage.is_broken.store(true, SeqCst);
    let (added, (), ()) = tokio::join!(
        pool.add_worker(),
        async { pool.remove_worker().await },
        async { pool.remove_worker().await },
    );
    added.unwrap_err();
    assert_eq!(pool.load().workers, 1);
}
