//! Every time limit, to the millisecond.

use tokio::time::{Instant, timeout};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_task_waits_for_a_worker_no_longer_than_allocate_timeout() {
    let pool = stage()
        .start(Options {
            allocate_timeout: secs(7),
            ..workers(1)
        })
        .await;
    let busy = spawn(&pool, "sleep 10000");
    sleep(ms(1)).await;
    let begun = Instant::now();
    let error = pool.exec(&task("echo")).await.unwrap_err();
    assert!(matches!(error, ExecError::NoWorker(it) if it == secs(7)));
    assert_eq!(begun.elapsed(), secs(7));
    assert_eq!((pool.load().refused, pool.load().waited), (1, 1));
    busy.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_time_in_the_queue_is_told() {
    let pool = stage().start(workers(1)).await;
    let busy = spawn(&pool, "sleep 1000");
    sleep(ms(400)).await;
    let (answer, ()) = tokio::join!(async { pool.exec(&task("sleep 50")).await }, async {
        sleep(ms(100)).await;
        let load = pool.load();
        assert_eq!((load.idle, load.waiting), (0, 1));
        assert_eq!(load.longest_wait, ms(100));
    });
    let answer = answer.unwrap();
    assert_eq!((answer.queued, answer.worked), (ms(600), ms(50)));
    assert_eq!(pool.load().wait_time, ms(600));
    busy.await.unwrap().unwrap();
    // Nobody waits where a worker is idle.
    assert_eq!(pool.exec(&task("echo")).await.unwrap().queued, ms(0));
}

#[tokio::test(start_paused = true)]
async fn a_task_works_no_longer_than_exec_timeout_and_is_not_repeated() {
    let stage = stage();
    let pool = stage
        .start(Options {
            exec_timeout: Some(secs(5)),
            ..workers(1)
        })
        .await;
    let begun = Instant::now();
    let error = pool
        .exec_with(&task("sleep 60000"), Repeat::Safe, std::sync::Arc::new(()))
        .await
        .unwrap_err();
    assert!(matches!(error, ExecError::TimedOut { .. }), "{error}");
    assert_eq!(begun.elapsed(), secs(5));
    sleep(secs(1)).await;
    assert_eq!(stage.taken().len(), 1);
    let timed_out =
        |it: &What| matches!(it, What::Killed { why: Why::TimedOut(it), .. } if *it == secs(5));
    assert_eq!(stage.count(timed_out), 1);
    assert_eq!(stage.alive(), 1, "another one took its place");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_nobody_wants_works_no_longer_than_any_other() {
    let stage = stage();
    let pool = stage
        .start(Options {
            exec_timeout: Some(secs(5)),
            ..workers(1)
        })
        .await;
    let left = timeout(secs(4), pool.exec(&task("sleep 60000"))).await;
    assert!(left.is_err());
    sleep(ms(1100)).await;
    let timed_out =
        |it: &What| matches!(it, What::Killed { why: Why::TimedOut(it), .. } if *it == secs(5));
    assert_eq!(stage.count(timed_out), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_dies_of_a_task_that_nobody_wants_is_told_as_dead() {
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    let left = timeout(secs(1), pool.exec(&task("late-death 2000"))).await;
    assert!(left.is_err());
    sleep(secs(2)).await;
    let died = |it: &What| matches!(it, What::Died { status, .. } if status.contains("255"));
    assert_eq!(stage.count(died), 1);
    assert_eq!(stage.count(|it| matches!(it, What::Killed { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_wants_ends_with_stream_timeout() {
    let stage = stage();
    let pool = stage
        .start(Options {
            stream_timeout: secs(3),
            ..workers(1)
        })
        .await;
    let answer = pool.exec(&task("endless")).await.unwrap();
    drop(answer);
    sleep(ms(2900)).await;
    assert_eq!(stage.count(|it| matches!(it, What::Killed { .. })), 0);
    sleep(ms(200)).await;
    let unfinished = |it: &What| {
        matches!(
            it,
            What::Killed {
                why: Why::Unfinished,
                ..
            }
        )
    };
    assert_eq!(stage.count(unfinished), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_busy_workers_no_longer_than_destroy_timeout() {
    for (context, takes) in [("sleep 2000", secs(2)), ("sleep 60000", secs(9))] {
        let stage = stage();
        let pool = stage
            .start(Options {
                destroy_timeout: secs(9),
                ..workers(3)
            })
            .await;
        let busy = spawn(&pool, context);
        sleep(ms(1)).await;
        let begun = Instant::now();
        pool.stop().await;
        let took = begun.elapsed();
        assert!(took <= takes && takes - took < ms(10), "{took:?}");
        assert_eq!(stage.alive(), 0);
        assert_eq!(busy.await.unwrap().is_ok(), takes < secs(9));
        let error = pool.exec(&task("echo")).await.unwrap_err();
        assert!(matches!(error, ExecError::Stopping));
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_listen_gets_a_sigterm_and_a_sigkill() {
    let stage = stage();
    let pool = stage
        .start(Options {
            destroy_timeout: secs(10),
            ..workers(1)
        })
        .await;
    stage.is_deaf.store(true, SeqCst);
    let begun = Instant::now();
    pool.stop().await;
    assert_eq!(
        begun.elapsed(),
        secs(7),
        "half the time, and two seconds more"
    );
    assert_eq!(stage.count(|it| matches!(it, What::Killed { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_waits_for_busy_workers_no_longer_than_reset_timeout() {
    let stage = stage();
    let pool = stage
        .start(Options {
            reset_timeout: secs(4),
            ..workers(2)
        })
        .await;
    let busy = spawn(&pool, "sleep 60000");
    sleep(ms(1)).await;
    let begun = Instant::now();
    pool.reset().await.unwrap();
    assert_eq!(
        begun.elapsed(),
        secs(4) + ms(200),
        "two boots and the limit"
    );
    busy.await.unwrap().unwrap_err();
    assert_eq!(stage.alive(), 2);
}

#[tokio::test(start_paused = true)]
async fn boots_that_fail_are_tried_less_and_less_often() {
    let stage = stage();
    stage.boot_ms.store(0, SeqCst);
    let pool = stage.start(workers(1)).await;
    stage.is_broken.store(true, SeqCst);
    let died = Instant::now();
    pool.exec(&task("die")).await.unwrap_err();
    sleep(secs(60)).await;
    let attempts: Vec<u128> = stage.boots.lock().unwrap()[1..]
        .iter()
        .map(|it| (*it - died).as_millis())
        .collect();
    let expected = [
        0, 100, 300, 700, 1500, 3100, 6300, 12700, 22700, 32700, 42700, 52700,
    ];
    assert_eq!(attempts, expected);

    stage.is_broken.store(false, SeqCst);
    pool.exec(&task("echo"))
        .await
        .expect("it recovers by itself");
    assert_eq!(died.elapsed(), ms(62700));
}

#[tokio::test(start_paused = true)]
async fn workers_that_fail_together_wait_as_one_and_come_back_together() {
    let stage = stage();
    let pool = stage.start(workers(4)).await;
    stage.is_broken.store(true, SeqCst);
    let all: Vec<_> = (0..4).map(|_| spawn(&pool, "die")).collect();
    let died = Instant::now();
    for it in all {
        it.await.unwrap().unwrap_err();
    }
    sleep(ms(1500)).await;
    stage.is_broken.store(false, SeqCst);
    sleep(ms(1500)).await;
    let attempts: Vec<u128> = stage.boots.lock().unwrap()[4..]
        .iter()
        .map(|it| (*it - died).as_millis())
        .collect();
    // Four at once, then one to try; each boot takes 100 ms. The fourth try succeeds.
    assert_eq!(
        attempts,
        [0, 0, 0, 0, 200, 500, 1000, 1900, 2000, 2000, 2000]
    );
    assert_eq!(stage.alive(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_pool_without_a_live_worker_refuses_once_the_wait_is_over() {
    let stage = stage();
    let pool = stage
        .start(Options {
            allocate_timeout: secs(2),
            ..workers(1)
        })
        .await;
    stage.is_broken.store(true, SeqCst);
    pool.exec(&task("die")).await.unwrap_err();
    let begun = Instant::now();
    let error = pool.exec(&task("echo")).await.unwrap_err();
    assert!(matches!(error, ExecError::NoWorker(_)), "{error}");
    assert_eq!(begun.elapsed(), secs(2));
}

#[tokio::test(start_paused = true)]
async fn what_busy_workers_are_at_is_told_while_they_are() {
    struct Named(&'static str);
    impl Keep for Named {
        fn describe(&self) -> String {
            self.0.to_owned()
        }
    }
    let pool = stage().start(workers(3)).await;
    let doing = async || -> Vec<Doing> {
        let workers = pool.workers().await;
        workers.into_iter().filter_map(|it| it.doing).collect()
    };
    assert_eq!(doing().await, []);
    let named = |name, context: &'static str| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let task = task(context);
            let done = pool.exec_with(&task, Repeat::Untaken, Arc::new(Named(name)));
            // Whoever waits for the second one leaves; its worker is at it still.
            timeout(ms(1500), done).await.is_ok()
        })
    };
    let (short, long) = (named("short", "sleep 1000"), named("long", "sleep 2000"));
    sleep(ms(400)).await;
    let at = |what: &str, since| Doing {
        what: what.to_owned(),
        since: ms(since),
    };
    let mut both = doing().await;
    both.sort_by(|a, b| a.what.cmp(&b.what));
    assert_eq!(both, [at("long", 400), at("short", 400)]);
    sleep(ms(1200)).await;
    assert!(short.await.unwrap() && !long.await.unwrap());
    assert_eq!(doing().await, [at("long", 1600)]);
    sleep(ms(500)).await;
    assert_eq!(doing().await, []);
}
