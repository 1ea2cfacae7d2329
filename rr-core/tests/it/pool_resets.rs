//! Resets that meet trouble: slow code, broken code, workers that come and go meanwhile.

use std::{fs, path::PathBuf, time::Duration};

use rr_core::pool::{Options, Pool};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::puppet::{PUPPET, eventually, is_alive, options, pipes, run, start_with};

/// A puppet whose boot can be changed.
struct Script {
    dir: TempDir,
}

impl Script {
    fn new(boot: &str) -> Self {
        let script = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        script.change(boot);
        script
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("worker.php")
    }

    fn change(&self, boot: &str) {
        let puppet = fs::read_to_string(PUPPET).unwrap();
        let (head, rest) = puppet.split_once("declare(strict_types=1);").unwrap();
        // Renamed into place: a worker that boots right now reads the old one or the new one.
        let new = self.dir.path().join("new.php");
        fs::write(
            &new,
            format!("{head}declare(strict_types=1);\n{boot}\n{rest}"),
        )
        .unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    async fn start(&self, options: Options) -> Pool {
        let path = self.path();
        let spawner = pipes(&[path.to_str().unwrap()]);
        start_with(options, spawner).await.unwrap()
    }
}

async fn pids(pool: &Pool) -> Vec<u32> {
    pool.workers().await.iter().map(|it| it.pid).collect()
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[tokio::test]
async fn code_that_hangs_at_boot_leaves_the_old_workers() {
    let script = Script::new("");
    let limits = Options {
        allocate_timeout: ms(600),
        reset_timeout: ms(300),
        ..options(3)
    };
    let pool = script.start(limits).await;
    let before = pids(&pool).await;
    script.change("sleep(60);");
    let error = pool.reset().await.unwrap_err().to_string();
    assert!(
        error.contains("did not say its pid within 600ms"),
        "{error}"
    );
    assert!(before.iter().all(|pid| is_alive(*pid)));
    assert_eq!(run(&pool, "echo", "x").await.unwrap(), "x");
    pool.stop().await;
}

#[tokio::test]
async fn a_slow_reset_never_makes_the_pool_smaller() {
    let script = Script::new("usleep(150000);");
    let limits = Options {
        reset_timeout: ms(200),
        ..options(4)
    };
    let pool = script.start(limits).await;
    let mut least = usize::MAX;
    let watch = async {
        let end = Instant::now() + ms(800);
        while Instant::now() < end {
            least = least.min(pool.workers().await.len());
            sleep(ms(10)).await;
        }
    };
    let (reset, ()) = tokio::join!(pool.reset(), watch);
    reset.unwrap();
    assert!(least >= 4, "{least}");
    pool.stop().await;
}

#[tokio::test]
async fn a_busy_worker_is_killed_at_the_end_of_the_reset_timeout() {
    let script = Script::new("");
    for limit in [Duration::ZERO, ms(300)] {
        let limits = Options {
            reset_timeout: limit,
            ..options(1)
        };
        let pool = script.start(limits).await;
        let (slept, reset) = tokio::join!(run(&pool, "sleep 5000", ""), async {
            sleep(ms(50)).await;
            timeout(ms(3000), pool.reset()).await
        });
        assert!(slept.is_err());
        reset.expect("it ends").unwrap();
        pool.stop().await;
    }
}

#[tokio::test]
async fn a_worker_that_cannot_be_added_does_not_strand_a_reset() {
    let script = Script::new("");
    let pool = script.start(options(1)).await;
    let (slept, reset, ()) = tokio::join!(run(&pool, "sleep 900", ""), pool.reset(), async {
        // The new one is up by now, the old one is busy.
        sleep(ms(400)).await;
        script.change("exit(1);");
        pool.add_worker().await.unwrap_err();
    });
    assert_eq!(slept.unwrap(), "slept");
    reset.unwrap();
    assert_eq!(pids(&pool).await.len(), 1);
    pool.stop().await;
}

#[tokio::test]
async fn a_second_reset_outdoes_the_first() {
    let script = Script::new("");
    let pool = script.start(options(2)).await;
    let before = pids(&pool).await;
    script.change("usleep(300000); exit(1);");
    let (first, second) = tokio::join!(pool.reset(), async {
        sleep(ms(150)).await;
        script.change("");
        pool.reset().await
    });
    first.unwrap();
    second.unwrap();
    eventually("there are two new ones", async || {
        let now = pids(&pool).await;
        now.len() == 2 && now.iter().all(|pid| !before.contains(pid))
    })
    .await;
    pool.stop().await;
}

#[tokio::test]
async fn a_worker_taken_away_during_a_reset_stays_away() {
    let script = Script::new("usleep(150000);");
    for wait in [50, 170, 250, 330] {
        let pool = script.start(options(2)).await;
        let (reset, ()) = tokio::join!(pool.reset(), async {
            sleep(ms(wait)).await;
            pool.remove_worker().await;
        });
        reset.unwrap();
        eventually("one is left", async || pids(&pool).await.len() == 1).await;
        sleep(ms(200)).await;
        assert_eq!(pids(&pool).await.len(), 1, "{wait}");
        pool.stop().await;
    }
}
