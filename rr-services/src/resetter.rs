//! The `resetter` service: replaces the workers of a pool after a deployment, over RPC or by SIGUSR1.

use rr_core::{
    BoxError, Collection, Init, Service,
    pool::Pool,
    rpc::{Methods, Plain, RpcError},
    systemd::Reloading,
};
use schemars::JsonSchema;
use serde::Deserialize;
#[cfg(unix)]
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

/// Resets pools; what `rr reset` calls.
pub struct Resetter;

/// The resetter has no settings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ResetterConfig {}

type Pools = Collection<Pool>;

impl Service for Resetter {
    const NAME: &'static str = "resetter";
    type Config = ResetterConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<ResetterConfig> {
        Some(ResetterConfig {})
    }

    fn init(self, _: ResetterConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let pools = cx.collect::<Pool>();
        cx.contribute(methods(&pools));
        #[cfg(unix)]
        cx.run(async move |running| {
            let mut asked = signal(SignalKind::user_defined1())?;
            running.ready.release();
            loop {
                tokio::select! {
                    _ = asked.recv() => reset_all(pools.all()).await,
                    () = running.stop.cancelled() => return Ok(()),
                }
            }
        });
        Ok(())
    }
}

/// Resets every pool, side by side. What fails is in the log: nobody waits for an answer.
#[cfg(unix)]
async fn reset_all(pools: Vec<Pool>) {
    tracing::info!(target: "resetter", "SIGUSR1: resetting all workers");
    let _reloading = Reloading::begin();
    let mut resets = JoinSet::new();
    for pool in pools {
        resets.spawn(async move { pool.reset().await });
    }
    resets.join_all().await;
}

fn methods(pools: &Pools) -> Methods {
    Methods::new("resetter")
        .method_with("List", pools, list)
        .method_with("Reset", pools, reset)
}

async fn list(pools: Pools, (): ()) -> Plain<Vec<String>> {
    let names = pools.all().into_iter().map(|pool| pool.name().to_owned());
    let mut names: Vec<String> = names.collect();
    names.dedup();
    Plain(names)
}

/// Returns when the reset is complete.
async fn reset(pools: Pools, Plain(name): Plain<String>) -> Result<Plain<bool>, RpcError> {
    let named = pools.all().into_iter().filter(|pool| pool.name() == name);
    let named: Vec<Pool> = named.collect();
    let known = !named.is_empty();
    let _reloading = known.then(Reloading::begin);
    for pool in named {
        tracing::info!(target: "resetter", plugin = name, "resetting workers");
        pool.reset()
            .await
            .map_err(|error| failed(&error.to_string()))?;
    }
    match known {
        true => Ok(Plain(true)),
        false => Err(failed(&format!("no such plugin: {name}"))),
    }
}

/// The frame that this text has always had; packages search for parts of it.
fn failed(why: &str) -> RpcError {
    format!("resetter_rpc_reset:\n\tresetter_plugin_reset_by_name: {why}").into()
}
