//! A server for tests: real services, their config as text, in the process of the test. Its RPC
//! methods are called without a listener.
//!
//! ```
//! use rr_core::{BoxError, Init, Server, Service, rpc::{Methods, Plain}, testing::TestServer};
//!
//! struct Doubler;
//!
//! impl Service for Doubler {
//!     const NAME: &'static str = "doubler";
//!     type Config = ();
//!     type Needs = ();
//!     type Offers = ();
//!
//!     fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
//!         let methods = Methods::new(Self::NAME);
//!         cx.contribute(methods.method("Double", async |Plain(n): Plain<i64>| Plain(2 * n)));
//!         Ok(())
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let server = Server::builder().service(Doubler);
//!     let server = TestServer::start(server, "{version: '3', doubler: {}}").await.unwrap();
//!     let doubled: i64 = server.call("doubler.Double", &21).await.unwrap();
//!     assert_eq!(doubled, 42);
//!     server.stop().await.unwrap();
//! }
//! ```
//!
//! What needs real sockets or PHP is tested in the same way: list the services that it takes,
//! `rpc`, `server` and `http`, and give them free ports in the text.

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{duplex, split},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    BoxError, Collection, Init, RunError, ServerBuilder, Service, StopSignals, WireError,
    config::{Config, Diagnostics},
    contributions::Contributions,
    needs::Offers,
    rpc::{CallError, Client, DuplicateMethod, Limits, Methods, Registry, serve_connection},
};

/// How long all services together may take to be ready.
const READY: Duration = Duration::from_secs(30);

/// What a connection holds between its two ends, in bytes.
const PIPE: usize = 64 << 10;

/// A running server. Dropped, it is told to stop and nobody waits for it: end a test with
/// [`TestServer::stop`], which tells whether it stopped well.
pub struct TestServer {
    registry: Arc<Registry>,
    contributions: Contributions,
    signals: StopSignals,
    task: Option<JoinHandle<Result<(), RunError>>>,
}

/// Why a server did not start; its text is what the server would have printed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The text is no YAML, or the like.
    #[error("{0}")]
    Config(Diagnostics),
    /// A section is wrong, or services do not go together.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Two RPC methods have one name.
    #[error(transparent)]
    Methods(#[from] DuplicateMethod),
    /// A service failed before all were ready.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A service does not release its latch.
    #[error(
        "a service was not ready after {READY:?}\n\
         help: its task has to call `running.ready.release()` when it can serve"
    )]
    NotReady,
}

impl TestServer {
    /// Starts the services of `builder` with the `.rr.yaml` whose text is `config`, and waits until
    /// all are ready. Warnings are none of its business: a key that nobody knows is passed over.
    ///
    /// # Errors
    /// Whatever would keep the server from starting.
    pub async fn start(builder: ServerBuilder, config: &str) -> Result<Self, StartError> {
        let config = Config::from_text(".rr.yaml", config).map_err(StartError::Config)?;
        let contributions = builder.contributions().clone();
        // Asked for by nobody else where the server has no `rpc`.
        let methods: Collection<Methods> = contributions.collection();
        let server = builder.build(&config, Diagnostics::default(), false)?;
        let registry = Arc::new(Registry::new(methods.all())?);
        let signals = StopSignals::default();
        let (started, up) = oneshot::channel();
        let task = tokio::spawn(server.run(signals.clone(), move || {
            // The test may have given up meanwhile.
            started.send(()).ok();
        }));
        let mut server = Self {
            registry,
            contributions,
            signals,
            task: Some(task),
        };
        match timeout(READY, up).await {
            Ok(Ok(())) => Ok(server),
            Ok(Err(_ended)) => {
                server.ended().await?;
                Err(StartError::NotReady)
            }
            Err(_elapsed) => Err(StartError::NotReady),
        }
    }

    /// Calls the RPC method `service.Method`, as PHP does: `argument` and the result travel as JSON.
    ///
    /// # Errors
    /// When there is no such method, when it fails, or when its result is no `T`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        argument: &impl Serialize,
    ) -> Result<T, CallError> {
        let (client, server) = duplex(PIPE);
        let (reader, writer) = split(server);
        let registry = Arc::clone(&self.registry);
        let stop = self.signals.cut.clone();
        let serve = serve_connection(reader, writer, registry, Limits::default(), stop);
        let mut client = Client::over(client);
        let call = async move { client.call(method, argument).await };
        let (result, _closed) = tokio::join!(call, serve);
        result
    }

    /// Every `T` that the services contributed: a [`Probe`](crate::probe::Probe) to ask, a pool.
    #[must_use]
    pub fn contributed<T: Clone + Send + 'static>(&self) -> Vec<T> {
        self.contributions.collection().all()
    }

    /// Stops it in good order and waits for the end.
    ///
    /// # Errors
    /// When a service failed meanwhile, or did not stop within `endure.grace_period`.
    pub async fn stop(mut self) -> Result<(), RunError> {
        self.signals.stop.cancel();
        self.ended().await
    }

    /// Waits for an end that comes by itself.
    ///
    /// # Errors
    /// Why it ended, if it was not asked to.
    ///
    /// # Panics
    /// If a service did.
    pub async fn ended(&mut self) -> Result<(), RunError> {
        match self.task.take() {
            Some(task) => task.await.expect("the server's task is not cancelled"),
            None => Ok(()),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.signals.stop.cancel();
    }
}

/// Offers values in place of the services that otherwise would: what the service under test needs,
/// one `Arc` or a tuple of them.
///
/// ```
/// use std::sync::Arc;
/// use rr_core::{Server, testing::Stub};
///
/// struct Shelves;
///
/// let server = Server::builder().service(Stub(Arc::new(Shelves)));
/// # drop(server);
/// ```
#[derive(Debug)]
pub struct Stub<T>(pub T);

impl<T: Offers + Send + 'static> Service for Stub<T> {
    const NAME: &'static str = "stub";
    type Config = ();
    type Needs = ();
    type Offers = T;

    fn absent() -> Option<()> {
        Some(())
    }

    fn init(self, (): (), (): (), _: &mut Init) -> Result<T, BoxError> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests;
