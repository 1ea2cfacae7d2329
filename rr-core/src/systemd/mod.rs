//! Tells the system's manager of services how the server is, as sd_notify(3) describes it.
//!
//! All of it does nothing where nobody asked for it by `NOTIFY_SOCKET`.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "other.rs")]
mod manager;

use std::{convert::Infallible, future::pending, time::Duration};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// How the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It serves.
    Ready,
    /// It replaces what it runs, and serves meanwhile.
    Reloading,
    /// It finishes what it does.
    Stopping,
    /// It is alive.
    Alive,
    /// Another process is the server from now on.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no successor"))]
    Succeeded(u32),
}

/// Workers are being replaced, until this is dropped.
#[derive(Debug)]
pub struct Reloading(());

impl Reloading {
    /// Says so.
    #[must_use]
    pub fn begin() -> Self {
        tell(State::Reloading);
        Self(())
    }
}

impl Drop for Reloading {
    fn drop(&mut self) {
        tell(State::Ready);
    }
}

/// Whether somebody listens.
pub(crate) fn is_asked_for() -> bool {
    manager::is_asked_for()
}

/// Says how the server is. Who cannot be told is not worth ending for.
pub(crate) fn tell(state: State) {
    if let Err(error) = manager::tell(state) {
        tracing::warn!(target: "server", "cannot tell the service manager ({state:?}): {error}");
    }
}

/// How often the server is to say that it is alive: a third of what the manager allows, or what
/// the config says where that is more often.
pub(crate) fn watchdog_interval(configured: Option<Duration>) -> Option<Duration> {
    let wanted = manager::watchdog().map(|limit| limit / 3);
    let wanted = wanted.into_iter().chain(configured).min();
    wanted.filter(|every| !every.is_zero() && is_asked_for())
}

/// Says again and again that the server is alive, as long as the threads that serve take up new
/// work: where they hang, the manager hears nothing more and restarts the server.
pub(crate) async fn watchdog(every: Option<Duration>) -> Infallible {
    let Some(every) = every else {
        return pending().await;
    };
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut probe = JoinSet::new();
    loop {
        ticks.tick().await;
        probe.spawn(async {});
        probe.join_next().await;
        tell(State::Alive);
    }
}
