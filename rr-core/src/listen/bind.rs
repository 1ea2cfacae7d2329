//! From an address to what listens there: a socket that was handed over, or a new one.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket, lookup_host};

#[cfg(unix)]
use super::handover;
use super::{Access, Kind};

/// Connections that may wait to be accepted; the system's own limit (`net.core.somaxconn`) is
/// mostly below it.
const BACKLOG: u32 = 4096;

/// A client that is silent for so long is asked whether it is still there: those that vanished
/// without a word would otherwise be kept as long as they wait for an answer.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// One listener for each address that `host` means and this machine has; never none.
pub(super) async fn tcp(host: &str, port: u16) -> io::Result<Vec<Kind>> {
    if host.is_empty() {
        // One socket for both families, where the system has both.
        let both = one_tcp((Ipv6Addr::UNSPECIFIED, port).into());
        return match both {
            Err(error) if is_lacking(&error) => one_tcp((Ipv4Addr::UNSPECIFIED, port).into()),
            both => both,
        }
        .map(|it| vec![it]);
    }
    let mut bound = Vec::new();
    let mut lacking = None;
    for address in lookup_host((host, port)).await? {
        match one_tcp(address) {
            Ok(listener) => bound.push(listener),
            // Names of an address family that is turned off are common: `localhost` is one.
            Err(error) if is_lacking(&error) => lacking = Some(error),
            Err(error) => return Err(error),
        }
        if port == 0 {
            break;
        }
    }
    match bound.is_empty() {
        true => Err(lacking.unwrap_or_else(|| io::ErrorKind::NotFound.into())),
        false => Ok(bound),
    }
}

/// The machine has no such address, or no such family of addresses.
fn is_lacking(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    )
}

fn one_tcp(address: SocketAddr) -> io::Result<Kind> {
    #[cfg(unix)]
    if let Some(listener) = handover::take_tcp(address) {
        return ready(from_std(listener)?, Some(address));
    }
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        // No socket of the family: it is turned off.
        SocketAddr::V6(_) => {
            TcpSocket::new_v6().map_err(|it| io::Error::new(io::ErrorKind::Unsupported, it))
        }
    }?;
    if address.is_ipv6() {
        let everywhere = address.ip().is_unspecified();
        SockRef::from(&socket).set_only_v6(!everywhere)?;
    }
    // On Windows it would let others take over the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    ready(socket.listen(BACKLOG)?, Some(address))
}

/// Accepted connections inherit the keepalive of their listener.
fn ready(listener: TcpListener, asked: Option<SocketAddr>) -> io::Result<Kind> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    SockRef::from(&listener).set_tcp_keepalive(&keepalive)?;
    let local = listener.local_addr()?;
    Ok(Kind::Tcp {
        listener,
        local,
        asked,
    })
}

#[cfg(unix)]
fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

#[cfg(unix)]
pub(super) fn inherited(name: &str) -> io::Result<Kind> {
    use crate::inherited::Inherited;

    match crate::inherited::take(name)? {
        Inherited::Tcp(listener) => ready(from_std(listener)?, None),
        Inherited::Unix(listener) => {
            listener.set_nonblocking(true)?;
            let local = listener.local_addr()?;
            let path = local.as_pathname().unwrap_or("".as_ref()).to_owned();
            Ok(Kind::InheritedUnix(UnixListener::from_std(listener)?, path))
        }
    }
}

#[cfg(not(unix))]
pub(super) fn inherited(_: &str) -> io::Result<Kind> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system hands no sockets over",
    ))
}

#[cfg(unix)]
pub(super) fn unix(path: &Path, access: Access) -> io::Result<Kind> {
    let path = std::path::absolute(path)?;
    let mode = match access {
        Access::Owner => Some(0o600),
        Access::Umask => None,
        Access::Mode(mode) => Some(mode),
    };
    let listener = match handover::take_unix(&path) {
        Some(listener) => {
            listener.set_nonblocking(true)?;
            crate::socket::restrict(&path, mode)?;
            UnixListener::from_std(listener)?
        }
        None => crate::socket::bind_unix(&path, mode)?,
    };
    Ok(Kind::Unix(listener, path))
}

#[cfg(not(unix))]
pub(super) fn unix(_: &Path, _: Access) -> io::Result<Kind> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "unix sockets are not supported on Windows: use `tcp://127.0.0.1:PORT`",
    ))
}
