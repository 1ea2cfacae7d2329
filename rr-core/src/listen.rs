//! Ports and sockets to listen on, with plain words where that fails.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

pub use crate::socket::UnixStream;
use crate::{
    config::Address,
    socket::{self, UnixListener},
};

/// A bound port or socket.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener, SocketAddr),
    Unix(UnixListener, SocketFile),
    /// Whoever opened it removes its file.
    #[cfg_attr(windows, expect(dead_code, reason = "nothing is handed over"))]
    InheritedUnix(UnixListener, PathBuf),
}

/// A connection that was accepted.
#[derive(Debug)]
pub enum Accepted {
    /// Nagle's delay is off.
    Tcp(TcpStream, SocketAddr),
    /// From this machine.
    Unix(UnixStream),
}

/// Who may connect to a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Processes of the server's own user: mode 0600.
    Owner,
    /// Whom the umask lets.
    Umask,
    /// Whom these bits let: `0o660`.
    Mode(u32),
}

/// Connections that may wait to be accepted; the system's own limit (`net.core.somaxconn`) is
/// mostly below it.
const BACKLOG: u32 = 4096;

/// A client that is silent for so long is asked whether it is still there: those that vanished
/// without a word would otherwise be kept as long as they wait for an answer.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else does.
    #[error(
        "cannot listen on `{address}`: something listens there already\nhelp: stop the other server, or change `{key}`"
    )]
    InUse {
        /// As configured.
        address: String,
        /// Where it is configured.
        key: &'static str,
    },
    /// The system says no.
    #[error("cannot listen on `{address}`: {source}\nhelp: check `{key}`")]
    Refused {
        /// As configured.
        address: String,
        /// Where it is configured.
        key: &'static str,
        /// The system's words.
        source: io::Error,
    },
}

impl Listener {
    /// Listens on `address`, which stands under `key` in the config. The path of a socket is
    /// made absolute, as workers may change their directory. Of a name that means several
    /// addresses the first that can be had is taken.
    ///
    /// # Errors
    /// When somebody listens there already, or as the system says.
    pub async fn bind(
        address: &Address,
        key: &'static str,
        access: Access,
    ) -> Result<Self, BindError> {
        let bound = match address {
            Address::Tcp { host, port } => tcp(host, *port).await.map(|mut all| all.remove(0)),
            Address::Unix(path) => unix(path, access),
            Address::Inherited(name) => inherited(name),
        };
        bound.map(Self).map_err(|it| refusal(address, key, it))
    }

    /// As [`bind`](Self::bind), but on every address that a name means: `localhost` is both
    /// `127.0.0.1` and `::1` where there is IPv6. Never empty.
    ///
    /// # Errors
    /// When one of them is taken, when none can be had, or as the system says.
    pub async fn bind_all(
        address: &Address,
        key: &'static str,
        access: Access,
    ) -> Result<Vec<Self>, BindError> {
        match address {
            // Port 0 would be another one for each of them.
            Address::Tcp { host, port } if *port != 0 => {
                let bound = tcp(host, *port).await;
                let bound = bound.map_err(|it| refusal(address, key, it))?;
                Ok(bound.into_iter().map(Self).collect())
            }
            one => Ok(vec![Self::bind(one, key, access).await?]),
        }
    }

    /// What clients on this machine connect to; a port 0 is replaced by the one given.
    #[must_use]
    pub fn address(&self) -> Address {
        match &self.0 {
            Kind::Tcp(_, local) => Address::Tcp {
                host: match local {
                    // Listening everywhere is no place to connect to.
                    it if it.ip().is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
                    it => it.ip().to_string(),
                },
                port: local.port(),
            },
            Kind::Unix(_, SocketFile(path)) | Kind::InheritedUnix(_, path) => {
                Address::Unix(path.clone())
            }
        }
    }

    /// Whether other machines can connect.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.0 {
            Kind::Tcp(_, local) => !local.ip().is_loopback(),
            Kind::Unix(..) | Kind::InheritedUnix(..) => false,
        }
    }

    /// The next connection.
    ///
    /// # Errors
    /// When the system has none to give, being out of descriptors mostly: wait before the next call.
    pub async fn accept(&self) -> io::Result<Accepted> {
        loop {
            let accepted = match &self.0 {
                Kind::Tcp(listener, _) => listener.accept().await.and_then(|(stream, peer)| {
                    stream.set_nodelay(true)?;
                    // Clients of IPv4 come to a socket for both families as `::ffff:a.b.c.d`.
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    Ok(Accepted::Tcp(stream, peer))
                }),
                Kind::Unix(listener, _) | Kind::InheritedUnix(listener, _) => {
                    let (stream, _) = listener.accept().await?;
                    Ok(Accepted::Unix(stream))
                }
            };
            match accepted {
                Err(error) if gave_up(&error) => {}
                accepted => return accepted,
            }
        }
    }
}

/// The client left between its knock and our answer: nothing to tell anybody.
fn gave_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected
            | io::ErrorKind::InvalidInput
    )
}

/// The file of a unix socket, removed when it is closed.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(target: "server", path = %self.0.display(), %error, "socket file stays");
        }
    }
}

fn refusal(address: &Address, key: &'static str, source: io::Error) -> BindError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse {
            address: address.dsn(),
            key,
        },
        _ => BindError::Refused {
            address: address.dsn(),
            key,
            source,
        },
    }
}

/// One listener for each address that `host` means and this machine has; never none.
async fn tcp(host: &str, port: u16) -> io::Result<Vec<Kind>> {
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
    ready(socket.listen(BACKLOG)?)
}

/// Accepted connections inherit the keepalive of their listener.
fn ready(listener: TcpListener) -> io::Result<Kind> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    SockRef::from(&listener).set_tcp_keepalive(&keepalive)?;
    let local = listener.local_addr()?;
    Ok(Kind::Tcp(listener, local))
}

#[cfg(unix)]
fn inherited(name: &str) -> io::Result<Kind> {
    use crate::inherited::Inherited;

    match crate::inherited::take(name)? {
        Inherited::Tcp(listener) => {
            listener.set_nonblocking(true)?;
            ready(TcpListener::from_std(listener)?)
        }
        Inherited::Unix(listener) => {
            listener.set_nonblocking(true)?;
            let local = listener.local_addr()?;
            let path = local.as_pathname().unwrap_or("".as_ref()).to_owned();
            Ok(Kind::InheritedUnix(UnixListener::from_std(listener)?, path))
        }
    }
}

#[cfg(not(unix))]
fn inherited(_: &str) -> io::Result<Kind> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system hands no sockets over",
    ))
}

fn unix(path: &std::path::Path, access: Access) -> io::Result<Kind> {
    let path = std::path::absolute(path)?;
    let mode = match access {
        Access::Owner => Some(0o600),
        Access::Umask => None,
        Access::Mode(mode) => Some(mode),
    };
    let listener = socket::bind_unix(&path, mode)?;
    Ok(Kind::Unix(listener, SocketFile(path)))
}
