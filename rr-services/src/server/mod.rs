//! The shared `server:` section: how PHP workers are started, for all services that have pools.

mod config;
mod on_init;
mod placement;
mod pool;
mod staff;

use std::{
    ffi::OsString,
    io,
    sync::{Arc, OnceLock},
};

use rr_core::{
    BoxError, Check, Init, Service,
    config::CommandLine,
    cores::Cores,
    pool::{RunAs, Spawner, WorkerCommand},
    relay::{RelayAddress, RelayListener, Wire},
    rpc::{COMPATIBLE_WITH, RpcAddress},
};

use crate::run_as::{self, RunAsError};
use on_init::OnInit;
use placement::Places;
use staff::{Recipe, Staff};

pub use config::{ServerConfig, Unsupported};
pub use on_init::OnInitConfig;
pub use placement::Placement;
pub use pool::{DynamicAllocatorConfig, PoolConfig, SupervisorConfig};

/// The service; it starts no worker itself, it offers [`Workers`] to those who do.
#[derive(Debug)]
pub struct Server;

/// How many servers may at most be about to end while another one starts.
const PREDECESSORS: u32 = 100;

impl Service for Server {
    const NAME: &'static str = "server";
    type Config = ServerConfig;
    type Needs = Option<Arc<RpcAddress>>;
    type Offers = Arc<Workers>;

    fn check(config: &ServerConfig, cx: &mut Check<'_>) {
        if let Ok(address) = config.relay.0.to_string().parse() {
            cx.listens("relay", &address);
        }
    }

    fn init(
        self,
        config: ServerConfig,
        rpc: Option<Arc<RpcAddress>>,
        cx: &mut Init,
    ) -> Result<Arc<Workers>, BoxError> {
        let on_init = config.on_init.map(|it| {
            let user = run_as::look_up("server.on_init", it.user.as_deref(), None)?;
            Ok::<_, RunAsError>(OnInit::new(it, user))
        });
        let on_init = on_init.transpose()?;
        let workers = Arc::new(Workers {
            user: run_as::look_up("server", config.user.as_deref(), config.group.as_deref())?,
            staff: Staff::new(Recipe::new(config.command, config.env)),
            relay: config.relay.0,
            wire: config.protocol.0,
            zygote: config.zygote,
            listener: OnceLock::new(),
            rpc,
            places: Places::new(config.placement),
        });
        let offered = Arc::clone(&workers);
        staff::hook(cx, &workers);
        cx.run(async move |running| {
            if workers.relay != RelayAddress::Pipes {
                let is_second = running.succession.has_predecessor();
                let listener = workers.listen(is_second).await.map_err(|error| {
                    format!(
                        "cannot listen for workers on `{}`: {error}\nhelp: change `server.relay`",
                        workers.relay
                    )
                })?;
                workers.listener.set(Arc::new(listener)).ok();
            }
            if let Some(on_init) = on_init {
                let rpc = workers.rpc.as_ref();
                let rpc = rpc.map(|it| ("RR_RPC".to_owned(), it.dsn().into()));
                on_init.run(rpc, &running.stop).await?;
                if running.stop.is_cancelled() {
                    // Killed: nothing may start on top of half a migration.
                    return Ok(());
                }
            }
            running.ready.release();
            running.stop.cancelled().await;
            Ok(())
        });
        Ok(offered)
    }
}

/// How to start workers, as the `server` section says; for services that have a pool.
#[derive(Debug)]
pub struct Workers {
    staff: Staff,
    user: Option<RunAs>,
    relay: RelayAddress,
    wire: Wire,
    zygote: bool,
    /// Set when the server has started, where the relay is a socket.
    listener: OnceLock<Arc<RelayListener>>,
    rpc: Option<Arc<RpcAddress>>,
    places: Places,
}

impl Workers {
    /// Whom workers run as, where that is not the server's own user.
    #[must_use]
    pub fn user(&self) -> Option<RunAs> {
        self.user
    }

    /// Which goridge workers speak; [`Wire::Packages`] leaves no choice of codec.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// The cores that the requests and the workers of a pool with so many of them are spread over, where
    /// they are; see [`Placement`].
    ///
    /// # Errors
    /// When the threads cannot be had.
    pub fn cores(&self, workers: usize) -> io::Result<Option<Cores>> {
        self.places.cores(workers)
    }

    /// Listens for workers. The workers of a predecessor still dial in at its own address, so a
    /// second server takes another one, and tells it to its workers.
    async fn listen(&self, is_second: bool) -> io::Result<RelayListener> {
        let mut number = 0;
        loop {
            let address = self.relay.beside(number);
            match RelayListener::bind(&address, self.wire).await {
                Err(error)
                    if error.kind() == io::ErrorKind::AddrInUse
                        && is_second
                        && number < PREDECESSORS =>
                {
                    number += 1;
                }
                bound => return bound,
            }
        }
    }

    /// What starts the workers of one pool. Ask when your service runs, not before: the
    /// addresses that workers are told are known only then.
    ///
    /// `mode` becomes `RR_MODE` (`RR_HTTP=true` for workers of RoadRunner 1), by which a worker
    /// script knows what it is for; `command`
    /// overrides that of the `server` section.
    #[must_use]
    pub fn spawner(&self, mode: &str, command: Option<&CommandLine>) -> Spawner {
        self.spawner_by(&self.staff.recipe(), mode, command)
    }

    fn spawner_by(&self, recipe: &Recipe, mode: &str, command: Option<&CommandLine>) -> Spawner {
        let listener = self.listener.get().cloned();
        let relay = listener
            .as_deref()
            .map_or(&self.relay, RelayListener::address);
        let mut env: Vec<(String, OsString)> = vec![("RR_RELAY".into(), relay.to_string().into())];
        if let Some(rpc) = &self.rpc {
            env.push(("RR_RPC".into(), rpc.dsn().into()));
        }
        env.extend(recipe.env.iter().cloned());
        match self.wire {
            Wire::Frames => {
                env.push(("RR_VERSION".into(), COMPATIBLE_WITH.into()));
                env.push(("RR_MODE".into(), mode.into()));
            }
            // All that RoadRunner 1 told: `RR_HTTP=true`, and nothing of a version.
            Wire::Packages => env.push((format!("RR_{}", mode.to_uppercase()), "true".into())),
        }
        let command = command.unwrap_or(&recipe.command);
        Spawner {
            command: WorkerCommand {
                program: command.program().to_owned(),
                args: command.args().to_vec(),
                env,
                user: self.user,
            },
            listener,
            wire: self.wire,
            zygote: self.zygote,
        }
    }
}
