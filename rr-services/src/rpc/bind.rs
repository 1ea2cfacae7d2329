//! Opens the port or the socket, and says plainly why it cannot.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use rr_core::config::Address;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

/// A bound port or socket.
pub(super) enum Listener {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Unix(UnixListener, SocketFile),
}

/// The file of a unix socket, removed when it is closed.
pub(super) struct SocketFile(PathBuf);

/// Why the RPC server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else does.
    #[error(
        "cannot listen on `{0}`: something listens there already\n\
         help: stop the other server, or change `rpc.listen`"
    )]
    InUse(String),
    /// The system says no.
    #[error("cannot listen on `{address}`: {source}\nhelp: check `rpc.listen`")]
    Refused {
        /// As configured.
        address: String,
        /// Its words.
        source: io::Error,
    },
}

impl Listener {
    /// What clients on this machine connect to.
    pub(super) fn address(&self) -> Address {
        match self {
            Self::Tcp(_, local) => Address::Tcp {
                host: match local {
                    // Listening everywhere is no place to connect to.
                    it if it.ip().is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
                    SocketAddr::V4(it) => it.ip().to_string(),
                    SocketAddr::V6(it) => it.ip().to_string(),
                },
                port: local.port(),
            },
            #[cfg(unix)]
            Self::Unix(_, file) => Address::Unix(file.0.clone()),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(target: "rpc", path = %self.0.display(), %error, "socket file stays");
        }
    }
}

/// Listens on `address`. A path is made absolute: workers may change their directory.
pub(super) async fn bind(address: &Address) -> Result<Listener, BindError> {
    let listener = match address {
        Address::Tcp { host, port } => tcp(host, *port).await,
        Address::Unix(path) => unix(path),
    };
    listener.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address.dsn()),
        _ => BindError::Refused {
            address: address.dsn(),
            source,
        },
    })
}

async fn tcp(host: &str, port: u16) -> io::Result<Listener> {
    let listener = match host {
        "" => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?,
        host => TcpListener::bind((host, port)).await?,
    };
    let local = listener.local_addr()?;
    if !local.ip().is_loopback() {
        tracing::warn!(
            target: "rpc",
            "`rpc.listen` opens {local} beyond this machine: whoever reaches it controls the server; \
             help: listen on 127.0.0.1 or on a unix socket"
        );
    }
    Ok(Listener::Tcp(listener, local))
}

#[cfg(unix)]
fn unix(path: &std::path::Path) -> io::Result<Listener> {
    let path = std::path::absolute(path)?;
    let listener = rr_core::socket::bind_unix(&path)?;
    Ok(Listener::Unix(listener, SocketFile(path)))
}

#[cfg(not(unix))]
fn unix(_: &std::path::Path) -> io::Result<Listener> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no unix sockets",
    ))
}
