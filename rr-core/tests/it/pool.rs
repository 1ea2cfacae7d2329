//! What a pool does when all goes well.

use std::time::Duration;

use rr_core::{
    pool::{ExecError, WorkerState},
    relay::RelayAddress,
};
use tokio::time::timeout;

use crate::puppet::{eventually, is_alive, options, over_socket, run, start, task};

#[tokio::test]
async fn tasks_are_answered() {
    let pool = start(options(1)).await;
    let answer = pool.exec(&task("echo a", "hello")).await.unwrap();
    assert_eq!(answer.payload, task("echo a", "hello"));
    pool.stop().await;
}

#[tokio::test]
async fn large_bodies_go_both_ways() {
    let pool = start(options(1)).await;
    let body = "x".repeat(5 << 20);
    assert_eq!(run(&pool, "echo", &body).await.unwrap(), body);
    pool.stop().await;
}

#[tokio::test]
async fn an_empty_task_is_refused() {
    let pool = start(options(1)).await;
    let error = pool.exec(&task("", "")).await.unwrap_err();
    assert!(matches!(error, ExecError::Empty));
    pool.stop().await;
}

#[tokio::test]
async fn relays_over_tcp_and_unix_sockets() {
    let dir = tempfile::tempdir().unwrap();
    for address in [
        RelayAddress::Tcp("127.0.0.1:0".into()),
        RelayAddress::Unix(dir.path().join("relay.sock")),
    ] {
        let pool = over_socket(address, 3).await;
        assert_eq!(
            run(&pool, "echo", "over a socket").await.unwrap(),
            "over a socket"
        );
        assert_eq!(pool.workers().await.len(), 3);
        pool.stop().await;
    }
}

#[tokio::test]
async fn the_last_used_worker_is_used_again() {
    let pool = start(options(3)).await;
    let first = run(&pool, "pid", "").await.unwrap();
    for _ in 0..5 {
        assert_eq!(run(&pool, "pid", "").await.unwrap(), first);
    }
    pool.stop().await;
}

#[tokio::test]
async fn tasks_wait_for_a_worker_in_turn() {
    let pool = start(options(1)).await;
    let all = (0..8).map(|_| run(&pool, "sleep 5", ""));
    for slept in futures_util::future::join_all(all).await {
        assert_eq!(slept.unwrap(), "slept");
    }
    pool.stop().await;
}

#[tokio::test]
async fn waiting_ends_with_the_allocate_timeout_and_the_queue_with_its_limit() {
    let pool = start(rr_core::pool::Options {
        allocate_timeout: Duration::from_millis(500),
        max_queue: 2,
        ..options(1)
    })
    .await;
    let busy = run(&pool, "sleep 1500", "");
    let waiting = run(&pool, "echo", "a");
    let refused = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        run(&pool, "echo", "b").await
    };
    let (busy, waiting, refused) = tokio::join!(busy, waiting, refused);
    assert_eq!(busy.unwrap(), "slept");
    assert!(matches!(waiting, Err(ExecError::NoWorker(_))));
    assert!(matches!(refused, Err(ExecError::QueueFull(2))));
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_is_replaced_after_max_jobs() {
    let pool = start(rr_core::pool::Options {
        max_jobs: 3,
        ..options(1)
    })
    .await;
    let mut pids = Vec::new();
    for _ in 0..9 {
        pids.push(run(&pool, "pid", "").await.unwrap());
    }
    pids.dedup();
    assert_eq!(pids.len(), 3, "{pids:?}");
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_that_wishes_to_stop_is_replaced_and_the_task_goes_to_another() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("wished");
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let answer = run(&pool, "wish", mark.to_str().unwrap()).await.unwrap();
    assert_eq!(answer, "granted");
    assert_ne!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

#[tokio::test]
async fn an_answer_comes_in_parts() {
    let pool = start(options(1)).await;
    let answer = pool.exec(&task("stream 12", "")).await.unwrap();
    let mut text = String::from_utf8(answer.payload.body.to_vec()).unwrap();
    let mut rest = answer.rest.expect("it streams");
    while let Some(part) = rest.next().await.unwrap() {
        text.push_str(std::str::from_utf8(&part.body).unwrap());
    }
    let expected: String = (1..=12).map(|it| format!("part {it} ")).collect();
    assert_eq!(text, expected + "end");
    drop(rest);
    assert_eq!(run(&pool, "echo", "next").await.unwrap(), "next");
    pool.stop().await;
}

#[tokio::test]
async fn a_stream_that_nobody_wants_is_stopped_and_costs_no_worker() {
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let answer = pool.exec(&task("stream 1000000", "")).await.unwrap();
    drop(answer);
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

#[tokio::test]
async fn a_caller_who_leaves_costs_no_worker() {
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let left = timeout(Duration::from_millis(50), run(&pool, "sleep 300", "")).await;
    assert!(left.is_err());
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

#[tokio::test]
async fn workers_are_described() {
    let pool = start(options(2)).await;
    run(&pool, "echo", "x").await.unwrap();
    let workers = pool.workers().await;
    assert_eq!(workers.len(), 2);
    assert_eq!(workers.iter().map(|it| it.execs).sum::<u64>(), 1);
    for worker in &workers {
        assert!(is_alive(worker.pid));
        assert_eq!(worker.state, WorkerState::Ready);
        assert!(worker.memory > 1 << 20, "{worker:?}");
    }
    pool.stop().await;
}

#[tokio::test]
async fn workers_come_and_go_by_hand_but_the_last_one_stays() {
    let pool = start(options(1)).await;
    pool.add_worker().await.unwrap();
    assert_eq!(pool.workers().await.len(), 2);
    pool.remove_worker().await;
    eventually("one worker is left", async || {
        pool.workers().await.len() == 1
    })
    .await;
    pool.remove_worker().await;
    assert_eq!(pool.workers().await.len(), 1);
    assert_eq!(
        run(&pool, "echo", "still here").await.unwrap(),
        "still here"
    );
    pool.stop().await;
}

#[tokio::test]
async fn a_reset_replaces_every_worker_and_no_task_fails() {
    let pool = start(options(3)).await;
    let pids = async || -> Vec<u32> { pool.workers().await.iter().map(|it| it.pid).collect() };
    let before = pids().await;
    let load = async {
        for _ in 0..40 {
            let all = (0..4).map(|_| run(&pool, "sleep 5", ""));
            for slept in futures_util::future::join_all(all).await {
                assert_eq!(slept.unwrap(), "slept");
            }
        }
    };
    let (reset, ()) = tokio::join!(pool.reset(), load);
    reset.unwrap();
    let after = pids().await;
    assert_eq!(after.len(), 3);
    assert!(
        after.iter().all(|pid| !before.contains(pid)),
        "{before:?} {after:?}"
    );
    pool.stop().await;
}

#[tokio::test]
async fn a_stop_waits_for_the_task_under_way_and_leaves_no_process() {
    let pool = start(options(3)).await;
    let pids: Vec<u32> = pool.workers().await.iter().map(|it| it.pid).collect();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        pool.stop().await;
    };
    let (slept, ()) = tokio::join!(run(&pool, "sleep 400", ""), stop);
    assert_eq!(slept.unwrap(), "slept");
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    assert!(matches!(
        run(&pool, "echo", "x").await,
        Err(ExecError::Stopping)
    ));
}
