//! The methods that only RoadRunner 1 had: `http.Workers`, `http.Reset`, `system.Stop`.

use std::time::UNIX_EPOCH;

use rr_core::{
    Collection, Init,
    lifecycle::StopServer,
    pool::{Pool, WorkerInfo},
    rpc::{Methods, Plain, RpcError},
};
use serde::Serialize;

/// The service whose pool it had.
const HTTP: &str = "http";

/// The answer of `http.Workers`.
#[derive(Debug, Serialize)]
struct Workers {
    workers: Vec<Worker>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Worker {
    pid: u32,
    status: &'static str,
    num_execs: u64,
    /// Nanoseconds since 1970.
    created: i64,
    /// Bytes.
    memory_usage: u64,
}

/// Adds them.
pub(super) fn contribute(cx: &mut Init) {
    let pools = cx.collect::<Pool>();
    let server = cx.collect::<StopServer>();
    cx.contribute(
        Methods::new(HTTP)
            .method_with("Workers", &pools, workers)
            .method_with("Reset", &pools, reset),
    );
    cx.contribute(Methods::new("system").method_with("Stop", &server, stop));
}

async fn workers(
    pools: Collection<Pool>,
    Plain(_): Plain<bool>,
) -> Result<Plain<Workers>, RpcError> {
    let infos = pool(&pools, "http.Workers")?.workers().await;
    let workers = infos.iter().map(record).collect();
    Ok(Plain(Workers { workers }))
}

async fn reset(
    pools: Collection<Pool>,
    Plain(_): Plain<bool>,
) -> Result<Plain<&'static str>, RpcError> {
    pool(&pools, "http.Reset")?.reset().await?;
    Ok(Plain("OK"))
}

async fn stop(server: Collection<StopServer>, Plain(really): Plain<bool>) -> Plain<&'static str> {
    if really {
        tracing::info!(target: "rpc", "`system.Stop` was called: the server stops");
        server.all().iter().for_each(StopServer::ask);
    }
    Plain("OK")
}

fn pool(pools: &Collection<Pool>, method: &str) -> Result<Pool, RpcError> {
    let mut all = pools.all().into_iter();
    all.find(|pool| pool.name() == HTTP)
        .ok_or_else(|| format!("rpc: can't find service {method}").into())
}

fn record(info: &WorkerInfo) -> Worker {
    let created = info.created.duration_since(UNIX_EPOCH).unwrap_or_default();
    Worker {
        pid: info.pid,
        status: info.state.text(),
        num_execs: info.execs,
        // Fits until the year 2262.
        created: i64::try_from(created.as_nanos()).unwrap_or(i64::MAX),
        memory_usage: info.memory,
    }
}
