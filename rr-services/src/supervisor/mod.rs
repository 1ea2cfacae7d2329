//! The `service` section: programs beside the workers, started, watched, restarted and stopped.

mod build;
mod config;
mod desk;
mod group;
mod messages;
mod methods;
mod program;
mod reload;
mod slot;

use std::sync::Arc;

use rr_core::{BoxError, Init, Service, rpc::RpcAddress};

use config::SupervisorConfig;
use desk::Desk;
use methods::Counter;

/// Keeps programs running that are no PHP workers: consumers, schedulers, a Node process.
#[derive(Debug)]
pub struct Supervisor;

impl Service for Supervisor {
    const NAME: &'static str = "service";
    type Config = SupervisorConfig;
    type Needs = Option<Arc<RpcAddress>>;
    type Offers = ();

    /// On without a section as well: `service.Create` needs none.
    fn absent() -> Option<SupervisorConfig> {
        Some(SupervisorConfig::default())
    }

    fn init(
        self,
        SupervisorConfig(programs): SupervisorConfig,
        rpc: Option<Arc<RpcAddress>>,
        cx: &mut Init,
    ) -> Result<(), BoxError> {
        // What cannot be is told before anything starts; where RPC listens is known only then.
        for (name, program) in &programs {
            build::configured(name.clone(), program.clone(), None)?;
        }
        let (desk, clerk) = Desk::new();
        let counter = Counter {
            desk: desk.clone(),
            rpc: rpc.clone(),
        };
        cx.contribute(methods::methods(&counter));
        cx.contribute(methods::processes(desk.clone()));
        reload::hook(cx, &counter);
        cx.run(async move |running| {
            let start = async {
                for (name, program) in programs {
                    let program = build::configured(name, program, rpc.as_deref())?;
                    desk.create(program).await?;
                }
                running.ready.release();
                Ok::<(), BoxError>(())
            };
            let stop = running.stop.clone();
            let ((), started) = tokio::join!(clerk.run(stop), async {
                match start.await {
                    // The server was told to stop meanwhile: that is no failure.
                    Err(_) if running.stop.is_cancelled() => Ok(()),
                    Err(error) => {
                        // What was started already is stopped before the failure is told.
                        running.stop.cancel();
                        Err(error)
                    }
                    Ok(()) => Ok(()),
                }
            });
            started
        });
        Ok(())
    }
}
