//! Pools of `tests/workers/puppet.php`, a worker that does what it is told.

use std::{sync::Arc, time::Duration};

use rr_core::{
    pool::{ExecError, Options, Payload, Pool, SpawnError, Spawner, WorkerCommand},
    relay::{RelayAddress, RelayListener, Wire},
};

pub(crate) const PUPPET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/puppet.php");

pub(crate) fn options(workers: usize) -> Options {
    Options {
        workers,
        allocate_timeout: Duration::from_secs(10),
        destroy_timeout: Duration::from_secs(5),
        reset_timeout: Duration::from_secs(10),
        stream_timeout: Duration::from_secs(5),
        ..Options::default()
    }
}

pub(crate) fn command(args: &[&str]) -> WorkerCommand {
    WorkerCommand {
        program: "php".into(),
        args: args.iter().map(|&it| it.into()).collect(),
        env: vec![],
        user: None,
    }
}

pub(crate) fn pipes(args: &[&str]) -> Spawner {
    Spawner {
        command: command(args),
        listener: None,
        wire: Wire::default(),
        zygote: false,
    }
}

pub(crate) async fn start(options: Options) -> Pool {
    start_with(options, pipes(&[PUPPET])).await.unwrap()
}

pub(crate) async fn start_with(options: Options, spawner: Spawner) -> Result<Pool, SpawnError> {
    let (pool, keeper) = Pool::new("test", options);
    keeper.start(spawner).await?;
    Ok(pool)
}

pub(crate) async fn over_socket(address: RelayAddress, workers: usize) -> Pool {
    let wire = Wire::default();
    let listener = Arc::new(RelayListener::bind(&address, wire).await.unwrap());
    let spawner = Spawner {
        command: command(&[PUPPET, &listener.address().to_string()]),
        listener: Some(listener),
        wire,
        zygote: false,
    };
    start_with(options(workers), spawner).await.unwrap()
}

pub(crate) fn task(context: &str, body: &str) -> Payload {
    Payload {
        codec: None,
        context: context.to_owned().into(),
        body: body.to_owned().into(),
    }
}

/// Runs a task that is answered at once, for its body.
pub(crate) async fn run(pool: &Pool, context: &str, body: &str) -> Result<String, ExecError> {
    let answer = pool.exec(&task(context, body)).await?;
    assert!(answer.rest.is_none());
    Ok(String::from_utf8(answer.payload.body.to_vec()).unwrap())
}

pub(crate) fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits, for a few seconds at most, until `holds`.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not so after 5 s: {what}");
}
