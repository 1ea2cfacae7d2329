//! Listening sockets on their way from one process to the next, so that no client finds nobody there.
//!
//! A socket stays open as long as a process has it, with the clients that wait in its queue. What
//! this process listens on is known here, to be handed over; what its predecessor handed over lies
//! here until it is bound.

use std::{
    io,
    net::SocketAddr,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixListener,
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use serde::{Deserialize, Serialize};

use super::{Kind, Open};
use crate::{inherited, lifecycle::Stop, socket::is_socket};

/// What a socket is found again by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// The address that was bound; its port is 0 where the system chose one.
    Tcp(SocketAddr),
    /// The path of a unix socket, absolute.
    Unix(PathBuf),
    /// One of those that systemd opened, by its position and its name there.
    Systemd(usize, String),
}

/// A listening socket and what it is found by.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) place: Place,
    pub(crate) handle: OwnedFd,
}

#[derive(Debug)]
struct Table {
    received: Vec<Socket>,
    open: Vec<Weak<Open>>,
    /// Resolves when this process is to accept connections; `None` where nobody served before.
    turn: Option<Stop>,
}

/// More sockets than systemd ever opens for one service.
const MOST: usize = 4096;

static TABLE: Mutex<Table> = Mutex::new(Table {
    received: Vec::new(),
    open: Vec::new(),
    turn: None,
});

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what a predecessor hands over. Nothing that is bound from now on accepts before
/// [`take_over`].
pub(crate) fn receive(sockets: Vec<Socket>) {
    let mut own = Vec::new();
    let mut systemd = Vec::new();
    for socket in sockets {
        match socket.place {
            Place::Systemd(at, name) => systemd.push((at, name, socket.handle)),
            _ => own.push(socket),
        }
    }
    // Numbers come from another process: a position is no reason to take memory for.
    systemd.retain(|(at, ..)| *at < MOST);
    inherited::receive(systemd.into_iter());
    let mut table = table();
    table.received = own;
    table.turn = Some(Stop::new());
}

/// Begins to accept. What was handed over and nobody has bound is closed.
pub(crate) fn take_over() {
    let mut table = table();
    table.received.clear();
    if let Some(turn) = table.turn.take() {
        turn.cancel();
    }
}

/// When a socket that is bound now may accept.
pub(super) fn turn() -> Option<Stop> {
    table().turn.clone()
}

pub(super) fn keep_track(open: &Arc<Open>) {
    let mut table = table();
    table.open.retain(|it| it.strong_count() > 0);
    table.open.push(Arc::downgrade(open));
}

/// The socket that was bound to `address` before.
pub(super) fn take_tcp(address: SocketAddr) -> Option<std::net::TcpListener> {
    take(&Place::Tcp(address)).map(Into::into)
}

/// The socket that was bound to `path` before, unless its file is gone: nobody could find it.
pub(super) fn take_unix(path: &Path) -> Option<UnixListener> {
    let taken = take(&Place::Unix(path.to_owned()))?;
    is_socket(path).then(|| taken.into())
}

fn take(place: &Place) -> Option<OwnedFd> {
    let mut table = table();
    let at = table.received.iter().position(|it| it.place == *place)?;
    Some(table.received.remove(at).handle)
}

/// Second handles of all that this process listens on, those of systemd that nobody uses included.
///
/// # Errors
/// When the system has no descriptor left.
pub(crate) fn sockets() -> io::Result<Vec<Socket>> {
    let systemd = inherited::all()?.into_iter();
    let systemd = systemd.map(|(at, name, handle)| Socket {
        place: Place::Systemd(at, name),
        handle,
    });
    let open: Vec<_> = table().open.iter().filter_map(Weak::upgrade).collect();
    let own = open.iter().filter_map(|it| {
        let (place, handle) = match &it.kind {
            Kind::Tcp {
                listener, asked, ..
            } => (Place::Tcp((*asked)?), listener.as_fd()),
            Kind::Unix(listener, path) => (Place::Unix(path.clone()), listener.as_fd()),
            Kind::InheritedUnix(..) => return None,
        };
        let handle = handle.try_clone_to_owned();
        Some(handle.map(|handle| Socket { place, handle }))
    });
    systemd.map(Ok).chain(own).collect()
}

/// Leaves all of them to the successor: no further connection is accepted here, and no file of a
/// socket removed.
pub(crate) fn give_away() {
    for open in table().open.iter().filter_map(Weak::upgrade) {
        open.given_away.cancel();
    }
}
