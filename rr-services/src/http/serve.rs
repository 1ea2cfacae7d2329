//! Listens, serves connections, and lets them finish when the server stops.

use std::{io, net::SocketAddr, time::Duration};

use axum::extract::{ConnectInfo, Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use rr_core::{config::Address, lifecycle::Stop};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    time::sleep,
};
use tower::ServiceExt as _;

use super::{config::Http2Config, layer::Stack};

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(60);

/// A bound listener.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Binds early, so that a port in use is known before anything else starts.
    pub(super) async fn bind(address: &Address) -> io::Result<Self> {
        Ok(match address {
            Address::Tcp { .. } => Self::Tcp(TcpListener::bind(address.to_bind()).await?),
            Address::Unix(path) => Self::Unix(rr_core::socket::bind_unix(path)?),
        })
    }

    /// Where it listens, as a client would write it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Tcp(it) => it
                .local_addr()
                .map_or_else(|error| error.to_string(), |it| format!("http://{it}")),
            Self::Unix(it) => it
                .local_addr()
                .ok()
                .and_then(|it| it.as_pathname().map(|it| format!("unix://{}", it.display())))
                .unwrap_or_default(),
        }
    }

    async fn accept(&self) -> io::Result<Connection> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Connection::Tcp(stream, peer)
            }
            Self::Unix(listener) => Connection::Unix(listener.accept().await?.0),
        })
    }
}

enum Connection {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// Serves `stack` until `stop`, then waits for the requests under way.
pub(super) async fn run(listener: Listener, stack: Stack, http2: &Http2Config, stop: Stop) {
    let mut auto = auto::Builder::new(TokioExecutor::new());
    auto.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    auto.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(http2.max_concurrent_streams);
    let mut http1 = http1::Builder::new();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let server = Server {
        stack,
        http1,
        auto: http2.h2c.then_some(auto),
        connections: GracefulShutdown::new(),
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok(Connection::Tcp(stream, peer)) => server.serve(stream, Some(peer)),
            Ok(Connection::Unix(stream)) => server.serve(stream, None),
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                // Out of descriptors, mostly: waiting lets some be closed.
                tracing::warn!(target: "http", %error, "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    server.connections.shutdown().await;
}

/// The client gave up between its knock and our answer.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotConnected
            | io::ErrorKind::InvalidInput
    )
}

struct Server {
    stack: Stack,
    http1: http1::Builder,
    /// Only where HTTP/2 is spoken without TLS: telling the two apart costs each connection a peek.
    auto: Option<auto::Builder<TokioExecutor>>,
    connections: GracefulShutdown,
}

impl Server {
    /// Serves one connection in a task of its own, from its first byte to the worker's answer.
    fn serve<T>(&self, stream: T, peer: Option<SocketAddr>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stack = self.stack.clone().map_request(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(axum::body::Body::new);
            if let Some(peer) = peer {
                request.extensions_mut().insert(ConnectInfo(peer));
            }
            request
        });
        let service = TowerToHyperService::new(stack);
        let stream = TokioIo::new(stream);
        match &self.auto {
            None => {
                let connection = self.http1.serve_connection(stream, service);
                spawn(self.connections.watch(connection));
            }
            Some(auto) => {
                let connection = auto.serve_connection(stream, service).into_owned();
                spawn(self.connections.watch(connection));
            }
        }
    }
}

fn spawn<E: std::fmt::Display>(
    connection: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Clients leave and send nonsense all day: nothing to act upon.
            tracing::debug!(target: "http", %error, "a connection ended early");
        }
    });
}
