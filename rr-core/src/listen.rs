//! Ports and sockets to listen on, with plain words where that fails.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

use crate::config::Address;

/// A bound port or socket.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Unix(UnixListener, SocketFile),
}

/// A connection that was accepted.
#[derive(Debug)]
pub enum Accepted {
    /// Nagle's delay is off.
    Tcp(TcpStream, SocketAddr),
    /// From this machine.
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Who may connect to a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Processes of the server's own user: mode 0600.
    Owner,
    /// Whom the umask lets.
    Umask,
}

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
    /// made absolute, as workers may change their directory.
    ///
    /// # Errors
    /// When somebody listens there already, or as the system says.
    pub async fn bind(
        address: &Address,
        key: &'static str,
        access: Access,
    ) -> Result<Self, BindError> {
        let listener = match address {
            Address::Tcp { host, port } => tcp(host, *port).await,
            Address::Unix(path) => unix(path, access),
        };
        listener.map(Self).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse {
                address: address.dsn(),
                key,
            },
            _ => BindError::Refused {
                address: address.dsn(),
                key,
                source,
            },
        })
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
            #[cfg(unix)]
            Kind::Unix(_, file) => Address::Unix(file.0.clone()),
        }
    }

    /// Whether other machines can connect.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.0 {
            Kind::Tcp(_, local) => !local.ip().is_loopback(),
            #[cfg(unix)]
            Kind::Unix(..) => false,
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
                    Ok(Accepted::Tcp(stream, peer))
                }),
                #[cfg(unix)]
                Kind::Unix(listener, _) => {
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

async fn tcp(host: &str, port: u16) -> io::Result<Kind> {
    let listener = match host {
        "" => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?,
        host => TcpListener::bind((host, port)).await?,
    };
    let local = listener.local_addr()?;
    Ok(Kind::Tcp(listener, local))
}

#[cfg(unix)]
fn unix(path: &std::path::Path, access: Access) -> io::Result<Kind> {
    let path = std::path::absolute(path)?;
    let listener = crate::socket::bind_unix(&path, access == Access::Owner)?;
    Ok(Kind::Unix(listener, SocketFile(path)))
}

#[cfg(not(unix))]
fn unix(_: &std::path::Path, _: Access) -> io::Result<Kind> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no unix sockets",
    ))
}
