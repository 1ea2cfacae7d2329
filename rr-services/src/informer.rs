//! The `informer` service: lists the workers of every pool, adds and removes them, over RPC.

use std::time::UNIX_EPOCH;

use rr_core::{
    BoxError, Collection, Init, Service,
    pool::{Pool, WorkerInfo},
    rpc::{Doing, Load, Methods, Plain, Processes, RpcError, Worker, Workers},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Tells about workers; what `rr workers` asks.
pub struct Informer;

/// The informer has no settings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct InformerConfig {}

type Pools = Collection<Pool>;
type All = (Pools, Collection<Processes>);

impl Service for Informer {
    const NAME: &'static str = "informer";
    type Config = InformerConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<InformerConfig> {
        Some(InformerConfig {})
    }

    fn init(self, _: InformerConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let pools = cx.collect::<Pool>();
        let processes = cx.collect::<Processes>();
        cx.contribute(methods(&pools, &processes));
        Ok(())
    }
}

fn methods(pools: &Pools, processes: &Collection<Processes>) -> Methods {
    let all = (pools.clone(), processes.clone());
    Methods::new("informer")
        .method_with("List", &all, list)
        .method_with("Workers", &all, workers)
        .method_with("Load", pools, load)
        .method_with("AddWorker", pools, add_worker)
        .method_with("RemoveWorker", pools, remove_worker)
        // No service has job pipelines: that is `null`, not an error.
        .method("Jobs", async |Plain(_): Plain<String>| Plain(()))
}

/// A service without a single process is not told: it may have none for ever.
async fn list((pools, processes): All, (): ()) -> Plain<Vec<String>> {
    let names = pools.all().into_iter().map(|pool| pool.name().to_owned());
    let mut names: Vec<String> = names.collect();
    for it in processes.all() {
        if !it.list().await.is_empty() {
            names.push(it.name().to_owned());
        }
    }
    names.dedup();
    Plain(names)
}

/// A name that no pool has is no error: its workers are `null`.
async fn workers((pools, processes): All, Plain(name): Plain<String>) -> Plain<Workers> {
    let mut workers = None;
    for pool in named(&pools, &name) {
        let all = workers.get_or_insert_with(Vec::new);
        all.extend(pool.workers().await.into_iter().map(record));
    }
    for it in processes.all().into_iter().filter(|it| it.name() == name) {
        workers.get_or_insert_with(Vec::new).extend(it.list().await);
    }
    Plain(Workers { workers })
}

/// Ours, not the Go server's.
async fn load(pools: Pools, Plain(name): Plain<String>) -> Result<Plain<Load>, RpcError> {
    let load = managed(&pools, &name)?.load();
    Ok(Plain(Load {
        workers: load.workers,
        idle: load.idle,
        waiting: load.waiting,
        longest_wait: load.longest_wait.as_secs_f64(),
        waited: load.waited,
        wait_time: load.wait_time.as_secs_f64(),
        refused: load.refused,
        repeated: load.repeated,
    }))
}

/// The answer of success is `false`, as ever.
async fn add_worker(pools: Pools, Plain(name): Plain<String>) -> Result<Plain<bool>, RpcError> {
    managed(&pools, &name)?.add_worker().await?;
    Ok(Plain(false))
}

async fn remove_worker(pools: Pools, Plain(name): Plain<String>) -> Result<Plain<bool>, RpcError> {
    managed(&pools, &name)?.remove_worker().await;
    Ok(Plain(false))
}

fn named(pools: &Pools, name: &str) -> impl Iterator<Item = Pool> {
    pools
        .all()
        .into_iter()
        .filter(move |pool| pool.name() == name)
}

fn managed(pools: &Pools, name: &str) -> Result<Pool, RpcError> {
    let unknown = || format!("plugin {name} does not support workers management").into();
    named(pools, name).next().ok_or_else(unknown)
}

fn record(info: WorkerInfo) -> Worker {
    let created = info.created.duration_since(UNIX_EPOCH).unwrap_or_default();
    Worker {
        pid: info.pid,
        status: info.state.number(),
        num_execs: info.execs,
        // Fits until the year 2262.
        created: i64::try_from(created.as_nanos()).unwrap_or(i64::MAX),
        memory_usage: info.memory,
        cpu_percent: info.cpu_percent,
        command: info.command,
        status_str: info.state.text().to_owned(),
        doing: info.doing.map(|it| Doing {
            what: it.what,
            since: it.since.as_secs_f64(),
        }),
    }
}
