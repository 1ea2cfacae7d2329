//! Sockets that were opened by whoever started the server: systemd's socket activation.
//!
//! `LISTEN_FDS` tells how many there are, the first being descriptor 3, `LISTEN_FDNAMES` what they
//! are called (sd_listen_fds(3)). They outlive the server: clients that come while it restarts
//! wait in their queue.

use std::{
    env, io,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixListener},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use listenfd::ListenFd;

/// A listening socket that was handed over.
#[derive(Debug)]
pub(crate) enum Inherited {
    Tcp(TcpListener),
    Unix(UnixListener),
}

#[derive(Default)]
struct Slot {
    name: String,
    /// `None` where it is neither of the two.
    socket: Option<Inherited>,
}

/// All of them are taken at once, so that none leaks into workers.
static SLOTS: LazyLock<Mutex<Vec<Slot>>> = LazyLock::new(|| {
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':').map(str::to_owned);
    let mut given = ListenFd::from_env();
    let slots = (0..given.len()).map(|at| Slot {
        name: names.next().unwrap_or_default(),
        socket: take_any(&mut given, at),
    });
    Mutex::new(slots.collect())
});

fn take_any(given: &mut ListenFd, at: usize) -> Option<Inherited> {
    if let Ok(Some(tcp)) = given.take_tcp_listener(at) {
        return Some(Inherited::Tcp(tcp));
    }
    let unix = given.take_unix_listener(at).ok().flatten();
    unix.map(Inherited::Unix)
}

fn slots() -> MutexGuard<'static, Vec<Slot>> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those that a predecessor hands on, with their positions and names.
pub(crate) fn receive(sockets: impl Iterator<Item = (usize, String, OwnedFd)>) {
    let mut slots = slots();
    for (at, name, handle) in sockets {
        while slots.len() <= at {
            slots.push(Slot::default());
        }
        slots[at] = Slot {
            name,
            socket: classify(handle),
        };
    }
}

/// A unix socket has no address of the other family.
fn classify(handle: OwnedFd) -> Option<Inherited> {
    let tcp = TcpListener::from(handle);
    if tcp.local_addr().is_ok() {
        return Some(Inherited::Tcp(tcp));
    }
    let unix = UnixListener::from(OwnedFd::from(tcp));
    unix.local_addr().is_ok().then_some(Inherited::Unix(unix))
}

/// Second handles of all that can be listened on, with their positions and names.
///
/// # Errors
/// When the system has no descriptor left.
pub(crate) fn all() -> io::Result<Vec<(usize, String, OwnedFd)>> {
    let slots = slots();
    let found = slots.iter().enumerate().filter_map(|(at, it)| {
        let handle = match it.socket.as_ref()? {
            Inherited::Tcp(it) => it.try_clone().map(OwnedFd::from),
            Inherited::Unix(it) => it.try_clone().map(OwnedFd::from),
        };
        Some(handle.map(|handle| (at, it.name.clone(), handle)))
    });
    found.collect()
}

/// A second handle of the socket called `name`, or whose descriptor it is the number of. The
/// first one stays open as long as the process lives, so that a reset of a service finds it again.
///
/// # Errors
/// When there is none of that name, or when it is not one to listen on.
pub(crate) fn take(name: &str) -> io::Result<Inherited> {
    let slots = slots();
    let found = match name.parse::<usize>() {
        Ok(number) => number.checked_sub(3).and_then(|at| slots.get(at)),
        Err(_) => slots.iter().find(|it| it.name == name),
    };
    let Some(slot) = found else {
        return Err(io::Error::new(io::ErrorKind::NotFound, missing(&slots)));
    };
    match &slot.socket {
        Some(Inherited::Tcp(it)) => it.try_clone().map(Inherited::Tcp),
        Some(Inherited::Unix(it)) => it.try_clone().map(Inherited::Unix),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "what was handed over is neither a TCP nor a unix stream socket",
        )),
    }
}

fn missing(slots: &[Slot]) -> String {
    if slots.is_empty() {
        return "no socket was handed to this process (`LISTEN_FDS` is not set, or not for it)"
            .to_owned();
    }
    let names = slots.iter().enumerate().map(|(at, it)| match &*it.name {
        "" => format!("`fd://{}`", at + 3),
        name => format!("`fd://{name}`"),
    });
    let names: Vec<_> = names.collect();
    format!("only {} was handed to this process", names.join(", "))
}
