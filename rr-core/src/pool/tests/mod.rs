//! The pool in simulated time, with workers that are no processes.

mod balance;
mod changes;
mod model;
mod repeats;
mod timeouts;

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use tokio::time::sleep;

use super::{
    Doing, ExecError, Keep, Limits, Options, Pool, Repeat, Scaling, What, Why,
    fake::{Stage, task},
};

/// A stage whose workers take 100 ms to boot.
fn stage() -> Arc<Stage> {
    let stage = Arc::new(Stage::default());
    stage.boot_ms.store(100, SeqCst);
    stage
}

fn workers(workers: usize) -> Options {
    Options {
        workers,
        ..Options::default()
    }
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Runs a task in the background; its outcome.
fn spawn(pool: &Pool, context: &str) -> tokio::task::JoinHandle<Result<(), ExecError>> {
    let (pool, task) = (pool.clone(), task(context));
    tokio::spawn(async move { pool.exec(&task).await.map(drop) })
}
