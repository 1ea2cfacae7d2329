//! Ports and sockets to listen on, with plain words where that fails.

mod bind;
#[cfg(unix)]
pub(crate) mod handover;

use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use tokio::net::{TcpListener, TcpStream};

use crate::{config::Address, lifecycle::Stop, socket::UnixListener};

pub use crate::socket::UnixStream;

/// A bound port or socket.
///
/// Where a successor takes over (see [`Succession`](crate::succession::Succession)), the socket goes
/// on in that process: here no further connection comes from it.
#[derive(Debug)]
pub struct Listener(Arc<Open>);

#[derive(Debug)]
struct Open {
    kind: Kind,
    /// When connections may be accepted; where nobody served before, they may be at once.
    turn: Option<Stop>,
    /// Another process has it from now on.
    given_away: Stop,
}

#[derive(Debug)]
enum Kind {
    Tcp {
        listener: TcpListener,
        local: SocketAddr,
        /// What was bound here: where the system was to choose the port, it is 0.
        #[cfg_attr(not(unix), expect(dead_code, reason = "nothing is handed over"))]
        asked: Option<SocketAddr>,
    },
    /// Whoever listens last removes the file.
    #[cfg_attr(windows, expect(dead_code, reason = "there is none"))]
    Unix(UnixListener, PathBuf),
    /// Whoever opened it removes its file.
    #[cfg_attr(windows, expect(dead_code, reason = "there is none"))]
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

/// A connection between two runtimes.
#[derive(Debug)]
pub enum Detached {
    /// As of [`Accepted::Tcp`].
    Tcp(std::net::TcpStream, SocketAddr),
    /// As of [`Accepted::Unix`].
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Accepted {
    /// Takes it off the runtime that accepted it.
    ///
    /// # Errors
    /// As the system says.
    pub fn detach(self) -> io::Result<Detached> {
        Ok(match self {
            Self::Tcp(stream, peer) => Detached::Tcp(stream.into_std()?, peer),
            #[cfg(unix)]
            Self::Unix(stream) => Detached::Unix(stream.into_std()?),
            #[cfg(windows)]
            Self::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
        })
    }
}

impl Detached {
    /// Puts it on the runtime of the caller.
    ///
    /// # Errors
    /// As the system says.
    pub fn attach(self) -> io::Result<Accepted> {
        Ok(match self {
            Self::Tcp(stream, peer) => Accepted::Tcp(TcpStream::from_std(stream)?, peer),
            #[cfg(unix)]
            Self::Unix(stream) => Accepted::Unix(UnixStream::from_std(stream)?),
        })
    }
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
            Address::Tcp { host, port } => {
                bind::tcp(host, *port).await.map(|mut all| all.remove(0))
            }
            Address::Unix(path) => bind::unix(path, access),
            Address::Inherited(name) => bind::inherited(name),
        };
        bound.map(Self::new).map_err(|it| refusal(address, key, it))
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
                let bound = bind::tcp(host, *port).await;
                let bound = bound.map_err(|it| refusal(address, key, it))?;
                Ok(bound.into_iter().map(Self::new).collect())
            }
            one => Ok(vec![Self::bind(one, key, access).await?]),
        }
    }

    fn new(kind: Kind) -> Self {
        let open = Arc::new(Open {
            kind,
            #[cfg(unix)]
            turn: handover::turn(),
            #[cfg(not(unix))]
            turn: None,
            given_away: Stop::new(),
        });
        #[cfg(unix)]
        handover::keep_track(&open);
        Self(open)
    }

    /// Resolves when another process has taken the socket over: clients that keep a connection to
    /// ask again and again should be asked to come anew.
    #[must_use]
    pub fn given_away(&self) -> Stop {
        self.0.given_away.clone()
    }

    /// What clients on this machine connect to; a port 0 is replaced by the one given.
    #[must_use]
    pub fn address(&self) -> Address {
        match &self.0.kind {
            Kind::Tcp { local, .. } => Address::Tcp {
                host: match local {
                    // Listening everywhere is no place to connect to.
                    it if it.ip().is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
                    it => it.ip().to_string(),
                },
                port: local.port(),
            },
            Kind::Unix(_, path) | Kind::InheritedUnix(_, path) => Address::Unix(path.clone()),
        }
    }

    /// Whether other machines can connect.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.0.kind {
            Kind::Tcp { local, .. } => !local.ip().is_loopback(),
            Kind::Unix(..) | Kind::InheritedUnix(..) => false,
        }
    }

    /// The next connection; none comes before a predecessor has handed over, nor after a successor
    /// has taken over.
    ///
    /// # Errors
    /// When the system has none to give, being out of descriptors mostly: wait before the next call.
    pub async fn accept(&self) -> io::Result<Accepted> {
        if let Some(turn) = &self.0.turn {
            turn.cancelled().await;
        }
        tokio::select! {
            biased;
            // What is in the queue is the successor's.
            () = self.0.given_away.cancelled() => pending().await,
            accepted = self.0.kind.accept() => accepted,
        }
    }
}

impl Kind {
    async fn accept(&self) -> io::Result<Accepted> {
        loop {
            let accepted = match self {
                Self::Tcp { listener, .. } => listener.accept().await.and_then(|(stream, peer)| {
                    stream.set_nodelay(true)?;
                    // Clients of IPv4 come to a socket for both families as `::ffff:a.b.c.d`.
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    Ok(Accepted::Tcp(stream, peer))
                }),
                Self::Unix(listener, _) | Self::InheritedUnix(listener, _) => {
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

#[cfg(unix)]
impl Drop for Open {
    /// The file of a unix socket goes with it, unless it is for another process.
    fn drop(&mut self) {
        let Kind::Unix(_, path) = &self.kind else {
            return;
        };
        let is_predecessors = self.turn.as_ref().is_some_and(|it| !it.is_cancelled());
        if is_predecessors || self.given_away.is_cancelled() {
            return;
        }
        if let Err(error) = std::fs::remove_file(path) {
            tracing::debug!(target: "server", path = %path.display(), %error, "socket file stays");
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
