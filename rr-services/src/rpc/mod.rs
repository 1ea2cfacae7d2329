//! The `rpc` service: serves the methods that all services contribute, over TCP or a unix socket.

mod accept;
mod version_1;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{sync::Arc, time::Duration};

use rr_core::{
    BoxError, Check, Collection, Init, Service,
    config::Address,
    events,
    lifecycle::Stop,
    listen::{Access, Listener},
    rpc::{
        COMPATIBLE_WITH, Called, EffectiveConfig, Limits, Methods, Plain, Raw, Registry,
        RpcAddress, RpcError,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

/// Remote calls for PHP and the command line: without it there is no `$rpc->call()`, no
/// `rr workers` and no `rr reset`.
pub struct Rpc;

/// Remote calls for PHP and for the command line.
///
/// Whoever can connect can control the server: keep it on loopback or on a unix socket.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RpcConfig {
    /// Where to listen: `tcp://host:port` or `unix://path`. A unix socket is for the server's user alone.
    #[serde(default = "default_listen")]
    listen: Address,
}

/// Where PHP clients look when nobody tells them.
fn default_listen() -> Address {
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 6001,
    }
}

/// How long connections are kept once another process has taken over and all else here has ended: a
/// call may be on its way on one that was accepted a moment ago.
const LAST_CALL: Duration = Duration::from_secs(1);

impl Service for Rpc {
    const NAME: &'static str = "rpc";
    type Config = RpcConfig;
    type Needs = ();
    type Offers = Arc<RpcAddress>;

    fn check(config: &RpcConfig, cx: &mut Check<'_>) {
        cx.listens("listen", &config.listen);
    }

    fn init(self, config: RpcConfig, (): (), cx: &mut Init) -> Result<Arc<RpcAddress>, BoxError> {
        let address = Arc::new(RpcAddress::new(config.listen));
        let contributed = cx.collect::<Methods>();
        let watchers = cx.collect::<events::Listener<Called>>();
        let effective = cx.collect::<EffectiveConfig>();
        cx.contribute(
            Methods::new("rpc")
                .method("Version", async |()| Plain(COMPATIBLE_WITH))
                .method_with("Config", &effective, show_config),
        );

        version_1::contribute(cx);

        let known = Arc::clone(&address);
        cx.run(async move |running| {
            let registry = Registry::new(contributed.all())?.telling(watchers.all());
            let listener = Listener::bind(known.configured(), "rpc.listen", Access::Owner).await?;
            if listener.is_public() {
                warn_of_strangers(known.configured());
            }
            known.bound(listener.address());
            running.ready.release();
            let stop = Stop::new();
            tokio::join!(
                accept::serve(listener, registry, Limits::default(), stop.clone()),
                async {
                    running.stop.cancelled().await;
                    let succession = &running.succession;
                    if succession.is_handed_over() {
                        timeout(LAST_CALL, succession.patience()).await.ok();
                    }
                    stop.cancel();
                }
            );
            Ok(())
        });
        Ok(address)
    }
}

/// Calls are not authenticated.
fn warn_of_strangers(address: &Address) {
    tracing::warn!(
        target: "rpc",
        "`rpc.listen: {address}` can be reached from other machines: whoever reaches it controls the server; \
         help: listen on 127.0.0.1 or on a unix socket",
    );
}

async fn show_config(effective: Collection<EffectiveConfig>, (): ()) -> Result<Raw, RpcError> {
    let first = effective.all().into_iter().next();
    let effective = first.ok_or("this server does not tell its configuration")?;
    Ok(Raw(effective.json()))
}
