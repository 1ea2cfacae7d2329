//! Socket relays: the server listens, workers dial in and are told apart by their pid.

use std::{collections::HashMap, fmt, io, path::PathBuf, str::FromStr, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use super::{Relay, Wire};

/// How long a connection may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(10);

/// How long an unclaimed introduction is kept: a worker may dial in before its spawner asks for it.
const UNCLAIMED: Duration = Duration::from_secs(60);

/// The `server.relay` setting: where frames travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RelayAddress {
    /// The worker's stdin and stdout.
    #[default]
    Pipes,
    /// `tcp://host:port`; PHP's side cannot parse IPv6 literals or an empty host.
    Tcp(String),
    /// `unix://path`.
    Unix(PathBuf),
}

/// A relay setting that is none of the three.
#[derive(Debug, thiserror::Error)]
#[error("expected `pipes`, `tcp://host:port` or `unix://path`, found `{0}`")]
pub struct RelayAddressError(String);

impl FromStr for RelayAddress {
    type Err = RelayAddressError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            None if text == "pipes" => Ok(Self::Pipes),
            Some(("tcp", address)) if is_host_and_port(address) => {
                Ok(Self::Tcp(address.to_owned()))
            }
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => Err(RelayAddressError(text.to_owned())),
        }
    }
}

fn is_host_and_port(address: &str) -> bool {
    address
        .split_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

impl RelayAddress {
    /// An address beside this one, for a second server that runs at the same time: another number is
    /// another address, 0 is this one. A port is chosen by the system.
    #[must_use]
    pub fn beside(&self, number: u32) -> Self {
        match self {
            _ if number == 0 => self.clone(),
            Self::Pipes => Self::Pipes,
            Self::Tcp(address) => {
                let host = address.split_once(':').map_or(&**address, |(host, _)| host);
                Self::Tcp(format!("{host}:0"))
            }
            Self::Unix(path) => {
                let mut path = path.clone().into_os_string();
                path.push(format!(".{number}"));
                Self::Unix(path.into())
            }
        }
    }
}

/// The form that workers get in `RR_RELAY`.
impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipes => f.write_str("pipes"),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

enum Event {
    Introduced(u32, Relay),
    Wanted(u32, oneshot::Sender<Relay>),
}

/// Accepts workers on a socket and hands each connection to whoever waits for its pid.
///
/// A connection that does not introduce itself is dropped by itself; it disturbs no other.
#[derive(Debug)]
pub struct RelayListener {
    address: RelayAddress,
    wire: Wire,
    wanted: mpsc::UnboundedSender<Event>,
    _tasks: JoinSet<()>,
}

impl RelayListener {
    /// Binds `address` and starts accepting workers that speak `wire`.
    ///
    /// # Errors
    /// When the address cannot be bound, and for [`RelayAddress::Pipes`], which needs no listener.
    pub async fn bind(address: &RelayAddress, wire: Wire) -> io::Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let address = match address {
            RelayAddress::Pipes => return Err(io::ErrorKind::InvalidInput.into()),
            RelayAddress::Tcp(at) => {
                let listener = TcpListener::bind(at).await?;
                let port = listener.local_addr()?.port();
                let host = at.split_once(':').map_or(&**at, |(host, _)| host);
                let address = RelayAddress::Tcp(format!("{host}:{port}"));
                tasks.spawn(accept(sender.clone(), async move || {
                    let (stream, _) = listener.accept().await?;
                    stream.set_nodelay(true)?;
                    Ok(Relay::new(stream, wire))
                }));
                address
            }
            RelayAddress::Unix(path) => {
                let listener = crate::socket::bind_unix(path, None)?;
                tasks.spawn(accept(sender.clone(), async move || {
                    Ok(Relay::new(listener.accept().await?.0, wire))
                }));
                address.clone()
            }
        };
        tasks.spawn(match_up(events));
        Ok(Self {
            address,
            wire,
            wanted: sender,
            _tasks: tasks,
        })
    }

    /// Where it listens; a port 0 is replaced by the one given.
    #[must_use]
    pub fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// Which goridge the workers speak.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// The connection of worker `pid`, whether it has dialled in yet or not.
    ///
    /// # Errors
    /// When the listener is gone.
    pub async fn worker(&self, pid: u32) -> io::Result<Relay> {
        let (sender, relay) = oneshot::channel();
        self.wanted
            .send(Event::Wanted(pid, sender))
            .map_err(|_gone| io::ErrorKind::BrokenPipe)?;
        relay
            .await
            .map_err(|_gone| io::ErrorKind::BrokenPipe.into())
    }
}

/// Accepts for ever; each newcomer introduces itself in a task of its own.
async fn accept(
    events: mpsc::UnboundedSender<Event>,
    mut next: impl AsyncFnMut() -> io::Result<Relay>,
) {
    let mut introductions = JoinSet::new();
    loop {
        tokio::select! {
            relay = next() => match relay {
                Ok(relay) => {
                    introductions.spawn(introduce(relay, events.clone()));
                }
                Err(error) => {
                    // Out of descriptors, mostly: waiting lets some be closed.
                    tracing::warn!(target: "server", %error, "cannot accept a worker's connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_done) = introductions.join_next() => {}
        }
    }
}

async fn introduce(mut relay: Relay, events: mpsc::UnboundedSender<Event>) {
    match timeout(INTRODUCTION, relay.handshake()).await {
        Ok(Ok(pid)) => {
            if events.send(Event::Introduced(pid, relay)).is_err() {
                tracing::debug!(target: "server", pid, "a worker dialled in during the stop");
            }
        }
        Ok(Err(error)) => {
            tracing::warn!(target: "server", %error, "a connection to the relay is no worker");
        }
        Err(_elapsed) => {
            tracing::warn!(target: "server", "a connection to the relay did not say its pid in {INTRODUCTION:?}");
        }
    }
}

/// Brings together those who dial in and those who wait for them.
async fn match_up(mut events: mpsc::UnboundedReceiver<Event>) {
    let mut arrived: HashMap<u32, (Relay, tokio::time::Instant)> = HashMap::new();
    let mut waiting: HashMap<u32, oneshot::Sender<Relay>> = HashMap::new();
    while let Some(event) = events.recv().await {
        let now = tokio::time::Instant::now();
        arrived.retain(|_, (_, since)| now.duration_since(*since) < UNCLAIMED);
        waiting.retain(|_, waiter| !waiter.is_closed());
        let (pid, relay, waiter) = match event {
            Event::Introduced(pid, relay) => (pid, Some(relay), waiting.remove(&pid)),
            Event::Wanted(pid, waiter) => {
                (pid, arrived.remove(&pid).map(|(it, _)| it), Some(waiter))
            }
        };
        match (relay, waiter) {
            (Some(relay), Some(waiter)) => {
                if let Err(relay) = waiter.send(relay) {
                    arrived.insert(pid, (relay, now));
                }
            }
            (Some(relay), None) => {
                arrived.insert(pid, (relay, now));
            }
            (None, Some(waiter)) => {
                waiting.insert(pid, waiter);
            }
            (None, None) => {}
        }
    }
}
