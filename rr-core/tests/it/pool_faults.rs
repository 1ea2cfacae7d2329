//! What a pool does when workers misbehave: nothing hangs, nothing is left, each message says what to do.
#![cfg(unix)]

use std::{sync::Arc, time::Duration};

use rr_core::{
    pool::{ExecError, Keep, Limits, Options, Pool, Repeat, SpawnError, Spawner},
    relay::{RelayAddress, Wire},
};

use crate::puppet::{
    PUPPET, command, eventually, is_alive, options, over_socket, pipes, run, start, start_with,
    task,
};

async fn refused(options: Options, spawner: Spawner) -> String {
    let error = start_with(options, spawner).await.unwrap_err();
    let text = error.to_string();
    let pid = text
        .split("pid ")
        .nth(1)
        .and_then(|it| it.split(')').next());
    if let Some(pid) = pid {
        assert!(!is_alive(pid.parse().unwrap()), "{text}");
    }
    text.replace(&format!("pid {}", pid.unwrap_or_default()), "pid N")
        .replace(env!("CARGO_MANIFEST_DIR"), "DIR")
}

#[tokio::test]
async fn a_program_that_does_not_exist() {
    let mut spawner = pipes(&[]);
    spawner.command.program = "no-such-php".into();
    insta::assert_snapshot!(refused(options(2), spawner).await, @r"
    cannot start the worker `no-such-php`: No such file or directory (os error 2)
    help: check `server.command`; the program is looked up in PATH, no shell is involved
    ");
}

#[tokio::test]
async fn a_script_that_does_not_exist() {
    insta::assert_snapshot!(refused(options(1), pipes(&["no-such-script.php"])).await, @r"
    the worker `php no-such-script.php` (pid N) does not speak goridge: php could not open the script it was started with; it printed:
        Could not open input file: no-such-script.php
    help: a worker may print to stderr only; run the command by hand to see what it prints
    ");
}

#[tokio::test]
async fn a_command_that_dies_at_boot_shows_its_stderr() {
    let code = r#"fwrite(STDERR, "no database\nreally\n"); exit(7);"#;
    insta::assert_snapshot!(refused(options(1), pipes(&["-r", code])).await, @r#"
    the worker `php -r fwrite(STDERR, "no database\nreally\n"); exit(7);` (pid N) ended with exit status: 7 before it was ready; it printed:
        no database
        really
    "#);
}

#[tokio::test]
async fn a_command_that_prints_garbage_on_stdout() {
    let code = r#"echo "Warning: something is odd here\n"; sleep(60);"#;
    let options = Options {
        allocate_timeout: Duration::from_millis(500),
        ..options(1)
    };
    insta::assert_snapshot!(refused(options, pipes(&["-r", code])).await, @r#"
    the worker `php -r echo "Warning: something is odd here\n"; sleep(60);` (pid N) did not say its pid within 500ms and was killed; it printed:
        Warning: something is odd here
    help: does the script run the worker loop? `allocate_timeout` of the pool is the limit
    "#);
}

#[tokio::test]
async fn a_command_that_never_says_its_pid() {
    let options = Options {
        allocate_timeout: Duration::from_millis(300),
        ..options(1)
    };
    insta::assert_snapshot!(refused(options, pipes(&["-r", "sleep(60);"])).await, @r"
    the worker `php -r sleep(60);` (pid N) did not say its pid within 300ms and was killed; it printed nothing
    help: does the script run the worker loop? `allocate_timeout` of the pool is the limit
    ");
}

/// A worker that prints before its pid and before and after each answer costs no task.
#[tokio::test]
async fn what_is_printed_between_frames_is_skipped() {
    let code = format!(r#"echo "Deprecated: old\n"; $argv = ['', 'pipes']; require '{PUPPET}';"#);
    let pool = start_with(options(1), pipes(&["-r", &code])).await.unwrap();
    let before = run(&pool, "pid", "").await.unwrap();
    for noise in [
        "x",
        "PHP Warning: something\n",
        "\u{14}\u{13}=============",
        &"y".repeat(300_000),
    ] {
        assert_eq!(run(&pool, "noisy", noise).await.unwrap(), "heard");
    }
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

/// A library that is sent the other line's hello ends with 255; whether it says why depends on PHP's settings.
#[tokio::test]
async fn a_worker_of_the_other_line_is_told_from_a_broken_one() {
    let legacy = r#"fwrite(STDERR, "Invalid prefix (checksum)"); exit(255);"#;
    insta::assert_snapshot!(refused(options(1), pipes(&["-r", legacy])).await, @r#"
    the worker `php -r fwrite(STDERR, "Invalid prefix (checksum)"); exit(255);` (pid N) ended with exit status: 255 before it was ready; it printed:
        Invalid prefix (checksum)
    help: this worker speaks the protocol of RoadRunner 1 (spiral/goridge 1 and 2): set `server.protocol: goridge-v2`
    "#);
    let silent = "exit(255);";
    insta::assert_snapshot!(refused(options(1), pipes(&["-r", silent])).await, @r"
    the worker `php -r exit(255);` (pid N) ended with exit status: 255 before it was ready; it printed nothing
    help: 255 is an uncaught exception, let PHP log to stderr to see it; a worker for RoadRunner 1 needs `server.protocol: goridge-v2`
    ");
    let wrong = Spawner {
        wire: Wire::Packages,
        ..pipes(&["-r", silent])
    };
    insta::assert_snapshot!(refused(options(1), wrong).await, @r"
    the worker `php -r exit(255);` (pid N) ended with exit status: 255 before it was ready; it printed nothing
    help: `server.protocol` is `goridge-v2`, the protocol of RoadRunner 1: remove it if the worker uses spiral/goridge 3 or 4
    ");
    let other = r#"fwrite(STDERR, "Uncaught PDOException"); exit(255);"#;
    let text = refused(options(1), pipes(&["-r", other])).await;
    assert!(!text.contains("help"), "{text}");
}

#[tokio::test]
async fn an_error_of_the_task_leaves_the_worker() {
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let error = run(&pool, "error", "boom").await.unwrap_err();
    assert!(matches!(&error, ExecError::Task(text) if text == "boom"));
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

/// The task fails with a message that holds `expected`; the next one is answered by another worker.
async fn check_replaced(context: &str, body: &str, expected: &str) {
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let error = run(&pool, context, body).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{context}: {error}");
    assert_ne!(run(&pool, "pid", "").await.unwrap(), before, "{context}");
    eventually("the old one is gone", async || {
        !is_alive(before.parse().unwrap())
    })
    .await;
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_that_fails_with_a_task_is_replaced() {
    check_replaced(
        "exit 9",
        "",
        "the worker closed its connection (exit status: 9)",
    )
    .await;
    check_replaced(
        "half",
        "",
        "the worker closed its connection (exit status: 0)",
    )
    .await;
    check_replaced("options", "", "answered with a frame with 0 options").await;
    check_replaced(
        "beyond",
        "",
        "context of 4 bytes is longer than its 3 bytes",
    )
    .await;
    check_replaced(
        "printdie",
        "PHP Fatal error: out of ideas",
        "where only frames may go: `PHP Fatal error: out of ideas`",
    )
    .await;
}

/// After the task, whose answer is `expected`, another worker has the next one.
async fn check_out_of_step(context: &str, expected: &str) {
    let pool = start(options(1)).await;
    let before = run(&pool, "pid", "").await.unwrap();
    assert_eq!(run(&pool, context, "").await.unwrap(), expected);
    // What comes unasked has come by now.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let after = run(&pool, "pid", "").await.unwrap();
    assert!(
        after.parse::<u32>().is_ok_and(|_| after != before),
        "{context}: {after}"
    );
    eventually("the old one is gone", async || {
        !is_alive(before.parse().unwrap())
    })
    .await;
    pool.stop().await;
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_no_answer_to_the_next_task() {
    check_out_of_step("twice", "first").await;
    check_out_of_step("last", "done").await;
}

#[tokio::test]
async fn a_worker_that_dies_while_idle_is_never_handed_out() {
    let pool = start(options(2)).await;
    let before: Vec<u32> = pool.workers().await.iter().map(|it| it.pid).collect();
    for pid in &before {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(*pid).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).unwrap();
    }
    eventually("both are dead", async || {
        before.iter().all(|pid| !is_alive(*pid))
    })
    .await;
    for _ in 0..10 {
        assert_eq!(run(&pool, "echo", "x").await.unwrap(), "x");
    }
    eventually("both were replaced", async || {
        let now = pool.workers().await;
        now.len() == 2 && now.iter().all(|it| !before.contains(&it.pid))
    })
    .await;
    pool.stop().await;
}

/// The worker goes without reading the task that it was given: another one gets it, whatever it is.
async fn check_untaken(pool: Pool) {
    assert_eq!(run(&pool, "leave", "").await.unwrap(), "done");
    assert_eq!(run(&pool, "echo", "taken").await.unwrap(), "taken");
    assert_eq!(pool.load().repeated, 1);
    pool.stop().await;
}

#[tokio::test]
async fn a_task_that_its_worker_never_read_is_not_lost() {
    check_untaken(start(options(1)).await).await;
    let dir = tempfile::tempdir().unwrap();
    for address in [
        RelayAddress::Tcp("127.0.0.1:0".into()),
        RelayAddress::Unix(dir.path().join("relay.sock")),
    ] {
        check_untaken(over_socket(address, 1).await).await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_an_error_and_not_an_end() {
    let pool = start(options(1)).await;
    let answer = pool.exec(&task("streamdie", "")).await.unwrap();
    let mut rest = answer.rest.unwrap();
    assert!(matches!(rest.next().await, Err(ExecError::Died { .. })));
    drop(rest);
    assert_eq!(run(&pool, "echo", "next").await.unwrap(), "next");
    pool.stop().await;
}

#[tokio::test]
async fn code_that_does_not_boot_leaves_the_old_workers() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("worker.php");
    std::fs::copy(PUPPET, &script).unwrap();
    let pool = start_with(options(2), pipes(&[script.to_str().unwrap()]))
        .await
        .unwrap();
    let before = run(&pool, "pid", "").await.unwrap();
    std::fs::write(&script, "<?php fwrite(STDERR, 'parse error'); exit(1);").unwrap();
    let error = pool.reset().await.unwrap_err();
    assert!(matches!(&error, SpawnError::Ended { .. }));
    assert!(error.to_string().contains("parse error"), "{error}");
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    assert_eq!(pool.workers().await.len(), 2);
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_that_ignores_the_stop_is_killed() {
    let pool = start(Options {
        destroy_timeout: Duration::from_millis(600),
        ..options(1)
    })
    .await;
    let pid = pool.workers().await[0].pid;
    let (slept, ()) = tokio::join!(run(&pool, "sleep 60000", ""), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        pool.stop().await;
    });
    assert!(slept.is_err());
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn what_workers_start_dies_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("pid");
    let code = format!(
        "exec('sleep 300 > /dev/null 2>&1 & echo $! > {}'); sleep(60);",
        note.display()
    );
    let limit = Options {
        allocate_timeout: Duration::from_millis(800),
        ..options(1)
    };
    let spawner = Spawner {
        command: command(&["-r", &code]),
        listener: None,
        wire: Wire::default(),
        zygote: false,
    };
    start_with(limit, spawner).await.unwrap_err();
    let grandchild: u32 = std::fs::read_to_string(&note)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    eventually("it is gone", async || !is_alive(grandchild)).await;
}

#[tokio::test]
async fn a_task_that_takes_too_long_costs_its_worker() {
    let pool = start(Options {
        exec_timeout: Some(Duration::from_millis(300)),
        ..options(1)
    })
    .await;
    let before = run(&pool, "pid", "").await.unwrap();
    let error = run(&pool, "sleep 5000", "").await.unwrap_err().to_string();
    let expected = format!("worker {before} was killed: its task took longer than 300ms");
    assert_eq!(error, expected);
    assert_ne!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

/// With `limits`, a worker that has had one task is replaced, and no task fails meanwhile.
async fn check_limited(limits: Limits) {
    let pool = start(Options {
        limits: Limits {
            tick: Duration::from_millis(50),
            ..limits
        },
        ..options(1)
    })
    .await;
    let before = run(&pool, "pid", "").await.unwrap();
    eventually("it is replaced", async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let pids = pool.workers().await;
        pids.iter().all(|it| it.pid.to_string() != before)
    })
    .await;
    assert_ne!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_that_passes_a_limit_is_replaced() {
    let soon = Some(Duration::from_millis(200));
    let none = Limits::default();
    check_limited(Limits { ttl: soon, ..none }).await;
    check_limited(Limits {
        idle_ttl: soon,
        ..none
    })
    .await;
    check_limited(Limits {
        memory: Some(1),
        ..none
    })
    .await;
}

#[tokio::test]
async fn a_busy_worker_that_passes_a_limit_finishes_its_task() {
    let pool = start(Options {
        limits: Limits {
            tick: Duration::from_millis(20),
            memory: Some(1),
            ..Limits::default()
        },
        ..options(2)
    })
    .await;
    for _ in 0..5 {
        assert_eq!(run(&pool, "sleep 100", "").await.unwrap(), "slept");
    }
    pool.stop().await;
}

#[tokio::test]
async fn in_debug_mode_each_task_has_a_worker_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("worker.php");
    std::fs::copy(PUPPET, &script).unwrap();
    let debug = Options {
        debug: true,
        ..options(4)
    };
    let pool = start_with(debug, pipes(&[script.to_str().unwrap()]))
        .await
        .unwrap();
    assert!(pool.workers().await.is_empty());
    let first = run(&pool, "pid", "").await.unwrap();
    assert_ne!(run(&pool, "pid", "").await.unwrap(), first);
    pool.reset().await.unwrap();
    std::fs::write(&script, "<?php fwrite(STDERR, 'parse error'); exit(1);").unwrap();
    let error = run(&pool, "pid", "").await.unwrap_err().to_string();
    assert!(error.ends_with("parse error"), "{error}");
    eventually("none is left", async || pool.workers().await.is_empty()).await;
    pool.stop().await;
}

#[tokio::test]
async fn a_start_that_fails_leaves_nobody_behind() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("first");
    let code = format!(
        "$first = @fopen('{}', 'x'); \
         if ($first) {{ fwrite($first, (string) getmypid()); sleep(30); exit; }} \
         usleep(300000); exit(1);",
        note.display(),
    );
    start_with(options(2), pipes(&["-r", &code]))
        .await
        .unwrap_err();
    let hanging: u32 = std::fs::read_to_string(&note).unwrap().parse().unwrap();
    eventually("it is gone", async || !is_alive(hanging)).await;
}

#[tokio::test]
async fn a_worker_that_floods_its_stdout_does_not_hang_the_next_task() {
    let pool = start(options(1)).await;
    run(&pool, "flood", "").await.unwrap();
    let big = "y".repeat(3 << 20);
    let next = tokio::time::timeout(Duration::from_secs(5), run(&pool, "echo", &big)).await;
    // Whether the flood is noticed before the task is sent, or in between, is a matter of time.
    match next.expect("no deadlock") {
        Ok(answer) => assert_eq!(answer, big),
        Err(error) => assert!(matches!(error, ExecError::Died { .. }), "{error}"),
    }
    assert_eq!(run(&pool, "echo", "next").await.unwrap(), "next");
    pool.stop().await;
}

#[tokio::test]
async fn a_task_that_workers_cannot_take_kills_no_more_than_its_attempts() {
    let limits = Options {
        attempts: 2,
        ..options(3)
    };
    let pool = start_with(limits, pipes(&["-d", "memory_limit=16M", PUPPET]))
        .await
        .unwrap();
    let before = pool.workers().await;
    let big = "y".repeat(40 << 20);
    let error = run(&pool, "echo", &big).await.unwrap_err();
    assert!(matches!(error, ExecError::Died { .. }), "{error}");
    eventually("there are three again", async || {
        pool.workers().await.len() == 3
    })
    .await;
    let after = pool.workers().await;
    let stayed = after
        .iter()
        .filter(|it| before.iter().any(|b| b.pid == it.pid));
    assert_eq!(stayed.count(), 1);
    pool.stop().await;
}

#[tokio::test]
async fn a_caller_who_leaves_before_a_stream_on_a_socket_costs_no_worker() {
    let pool = over_socket(RelayAddress::Tcp("127.0.0.1:0".into()), 1).await;
    let before = run(&pool, "pid", "").await.unwrap();
    let left =
        tokio::time::timeout(Duration::from_millis(20), pool.exec(&task("forever", ""))).await;
    assert!(left.is_err());
    assert_eq!(run(&pool, "pid", "").await.unwrap(), before);
    pool.stop().await;
}

#[tokio::test]
async fn what_a_task_needs_lives_until_the_worker_is_done_with_it() {
    let pool = start(options(1)).await;
    struct Kept(#[expect(dead_code, reason = "dropped")] tokio::sync::oneshot::Sender<()>);
    impl Keep for Kept {}
    let (keep, mut gone) = tokio::sync::oneshot::channel::<()>();
    let slow = task("sleep 400", "");
    let left = tokio::time::timeout(
        Duration::from_millis(50),
        pool.exec_with(&slow, Repeat::Untaken, Arc::new(Kept(keep))),
    )
    .await;
    assert!(left.is_err());
    assert!(gone.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty));
    run(&pool, "echo", "after it").await.unwrap();
    assert!(gone.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Closed));
    pool.stop().await;
}

#[tokio::test]
async fn giant_numbers_do_no_harm() {
    let pool = start(Options {
        max_jobs: u64::MAX,
        ..options(4)
    })
    .await;
    assert_eq!(run(&pool, "echo", "x").await.unwrap(), "x");
    pool.stop().await;
}
