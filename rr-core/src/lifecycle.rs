//! Start and stop of one service: a latch each way.

use tokio::sync::watch;
/// Resolves when the service is to stop.
pub use tokio_util::sync::CancellationToken as Stop;

/// Asks the whole server to stop in good order, as a first signal does. The server contributes
/// one: [collect](crate::Init::collect) it.
#[derive(Clone, Debug, Default)]
pub struct StopServer(pub(crate) Stop);

impl StopServer {
    /// Returns at once; what is being answered is answered still.
    pub fn ask(&self) {
        self.0.cancel();
    }
}

/// Held by a service until it can serve.
///
/// Whoever needs the service starts after [`Ready::release`]; a latch that is dropped
/// unreleased stays shut, so that nothing starts on top of what failed.
#[derive(Debug)]
pub struct Ready(watch::Sender<bool>);

impl Ready {
    /// Lets the dependents start.
    pub fn release(self) {
        self.0.send_replace(true);
    }
}

/// Waits for a [`Ready`].
#[derive(Clone, Debug)]
pub(crate) struct WhenReady(watch::Receiver<bool>);

impl WhenReady {
    /// Resolves once released; never, where the latch was dropped.
    pub(crate) async fn wait(mut self) {
        if self.0.wait_for(|released| *released).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        *self.0.borrow()
    }
}

pub(crate) fn ready() -> (Ready, WhenReady) {
    let (sender, receiver) = watch::channel(false);
    (Ready(sender), WhenReady(receiver))
}
