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

use std::{sync::Arc, time::Duration};

use rr_core::{BoxError, Init, Service, lifecycle::Stop, rpc::RpcAddress, succession::Succession};
use tokio::{task::JoinSet, time::sleep};

use config::SupervisorConfig;
use desk::{Desk, Refusal};
use methods::Counter;
use program::Program;

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
            let succession = running.succession;
            let start = async {
                let programs: Vec<Program> = programs
                    .into_iter()
                    .map(|(name, it)| build::configured(name, it, rpc.as_deref()))
                    .collect::<Result<_, _>>()?;
                if succession.has_predecessor() {
                    running.ready.release();
                    succeed(&desk, &programs, &succession, &running.stop).await;
                    return Ok(());
                }
                for program in programs {
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

/// Starts the programs when those of the predecessor have ended: a scheduler is not to run twice. The
/// server serves by then, so what cannot be started is no reason to end it, and is tried again.
async fn succeed(desk: &Desk, programs: &[Program], succession: &Succession, stop: &Stop) {
    let turn = succession.turn(Supervisor::NAME);
    tokio::select! {
        () = turn => {}
        () = stop.cancelled() => {
            // The next successor is to wait for those of our predecessor as well.
            if succession.is_handed_over() {
                succession.turn(Supervisor::NAME).await;
            }
            return;
        }
    }
    let mut starts = JoinSet::new();
    for program in programs.iter().cloned() {
        starts.spawn(start_at_last(desk.clone(), program, stop.clone()));
    }
    starts.join_all().await;
}

async fn start_at_last(desk: Desk, program: Program, stop: Stop) {
    let pause = program
        .restart
        .unwrap_or(Duration::from_secs(config::RESTART));
    loop {
        match desk.create(program.clone()).await {
            Err(error @ Refusal::Start(_)) => tracing::error!(target: "service", "{error}"),
            // Somebody has created it, or the server stops.
            Ok(()) | Err(_) => return,
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}
