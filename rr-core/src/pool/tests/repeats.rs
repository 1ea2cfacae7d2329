//! Which tasks are run again, and how often.

use super::*;

async fn check(repeat: Repeat, attempts: u32, expected: usize) {
    let stage = stage();
    let pool = stage
        .start(Options {
            attempts,
            ..workers(2)
        })
        .await;
    let error = pool
        .exec_with(&task("die"), repeat, std::sync::Arc::new(()))
        .await
        .unwrap_err();
    assert!(matches!(error, ExecError::Died { .. }), "{error}");
    assert_eq!(stage.taken().len(), expected);
    let repeated = expected - 1;
    assert_eq!(pool.load().repeated, repeated as u64);
    sleep(secs(1)).await;
    assert_eq!(
        stage.count(|it| matches!(it, What::Repeated { .. })),
        repeated
    );
    let died = |it: &What| matches!(it, What::Died { tasks: 1, .. });
    assert_eq!(stage.count(died), expected);
    assert_eq!(stage.alive(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_safe_is_repeated_until_its_attempts_are_used_up() {
    check(Repeat::Safe, 3, 3).await;
    check(Repeat::Safe, 1, 1).await;
}

#[tokio::test(start_paused = true)]
async fn any_other_task_is_run_once() {
    check(Repeat::Untaken, 3, 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_task_keeps_lives_through_all_attempts() {
    struct Kept(tokio::sync::mpsc::UnboundedSender<()>);
    impl Keep for Kept {}
    impl Drop for Kept {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    let stage = stage();
    let pool = stage.start(workers(1)).await;
    let (sender, mut dropped) = tokio::sync::mpsc::unbounded_channel();
    let kept = std::sync::Arc::new(Kept(sender));
    let died = tokio::spawn(async move {
        let error = pool.exec_with(&task("die"), Repeat::Safe, kept).await;
        error.map(drop).unwrap_err();
    });
    while stage.taken().len() < 3 {
        assert!(dropped.try_recv().is_err());
        sleep(ms(10)).await;
    }
    died.await.unwrap();
    assert!(dropped.try_recv().is_ok());
}

#[tokio::test(start_paused = true)]
async fn workers_that_wish_to_stop_pass_the_task_on_a_limited_number_of_times() {
    let stage = stage();
    let pool = stage.start(workers(2)).await;
    let error = pool.exec(&task("wish")).await.unwrap_err();
    assert!(matches!(error, ExecError::Refused(32)), "{error}");
    sleep(secs(1)).await;
    let wished = |it: &What| matches!(it, What::Stopped { why: Why::Wish, .. });
    assert_eq!(stage.count(wished), 32);
}
