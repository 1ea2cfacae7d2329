//! Over the socket that `NOTIFY_SOCKET` names.

use std::{env, io, time::Duration};

use sd_notify::NotifyState;

use super::State;

pub(super) fn is_asked_for() -> bool {
    env::var_os("NOTIFY_SOCKET").is_some()
}

pub(super) fn tell(state: State) -> io::Result<()> {
    if !is_asked_for() {
        return Ok(());
    }
    match state {
        State::Ready => sd_notify::notify(&[NotifyState::Ready]),
        // `Type=notify-reload` wants the moment as well.
        State::Reloading => {
            let now = NotifyState::monotonic_usec_now()?;
            sd_notify::notify(&[NotifyState::Reloading, now])
        }
        State::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        State::Succeeded(by) => sd_notify::notify(&[NotifyState::MainPid(by)]),
        State::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
    }
}

/// After how long a silence the manager restarts the server.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}
