//! The `resetter` service: replaces the workers of a pool after a deployment, over RPC or by SIGUSR1.

#[cfg_attr(unix, path = "resetter/unix.rs")]
#[cfg_attr(windows, path = "resetter/windows.rs")]
mod system;

use rr_core::{
    BoxError, Collection, Init, Service,
    pool::Pool,
    rpc::{Methods, Plain, Processes, RpcError},
    systemd::Reloading,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::JoinSet;

/// Resets pools; what `rr reset` calls.
pub struct Resetter;

/// The resetter has no settings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ResetterConfig {}

type All = (Collection<Pool>, Collection<Processes>);

impl Service for Resetter {
    const NAME: &'static str = "resetter";
    type Config = ResetterConfig;
    type Needs = ();
    type Offers = ();

    fn absent() -> Option<ResetterConfig> {
        Some(ResetterConfig {})
    }

    fn init(self, _: ResetterConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let all: All = (cx.collect(), cx.collect());
        cx.contribute(methods(&all));
        cx.run(async move |running| {
            let mut asked = system::Asked::new()?;
            running.ready.release();
            loop {
                tokio::select! {
                    () = asked.next() => reset_all(&all).await,
                    () = running.stop.cancelled() => return Ok(()),
                }
            }
        });
        Ok(())
    }
}

/// Resets everything, side by side. What fails is in the log: nobody waits for an answer.
async fn reset_all((pools, processes): &All) {
    tracing::info!(target: "resetter", "SIGUSR1: resetting all workers");
    let _reloading = Reloading::begin();
    let mut resets = JoinSet::new();
    for pool in pools.all() {
        resets.spawn(async move { drop(pool.reset().await) });
    }
    for it in processes.all() {
        resets.spawn(async move {
            if let Err(error) = it.reset().await {
                tracing::error!(target: "resetter", "{error}");
            }
        });
    }
    resets.join_all().await;
}

fn methods(all: &All) -> Methods {
    Methods::new("resetter")
        .method_with("List", all, list)
        .method_with("Reset", all, reset)
}

async fn list((pools, processes): All, (): ()) -> Plain<Vec<String>> {
    let names = pools.all().into_iter().map(|pool| pool.name().to_owned());
    let mut names: Vec<String> = names.collect();
    for it in processes.all().into_iter().filter(Processes::can_reset) {
        if !it.list().await.is_empty() {
            names.push(it.name().to_owned());
        }
    }
    names.dedup();
    Plain(names)
}

/// Returns when the reset is complete.
async fn reset(
    (pools, processes): All,
    Plain(name): Plain<String>,
) -> Result<Plain<bool>, RpcError> {
    let named = pools.all().into_iter().filter(|pool| pool.name() == name);
    let named: Vec<Pool> = named.collect();
    let others = processes.all().into_iter();
    let others = others.filter(|it| it.name() == name && it.can_reset());
    let others: Vec<Processes> = others.collect();
    let known = !(named.is_empty() && others.is_empty());
    let _reloading = known.then(Reloading::begin);
    for pool in named {
        tracing::info!(target: "resetter", plugin = name, "resetting workers");
        pool.reset()
            .await
            .map_err(|error| failed(&error.to_string()))?;
    }
    for it in others {
        tracing::info!(target: "resetter", plugin = name, "restarting processes");
        let reset = it.reset().await;
        reset.map_err(|error| failed(&error.to_string()))?;
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
