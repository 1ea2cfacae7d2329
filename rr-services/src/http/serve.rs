//! Listens and serves connections until the server stops.

use std::{net::SocketAddr, time::Duration};

use axum::extract::{ConnectInfo, Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use rr_core::{
    lifecycle::Stop,
    listen::{Accepted, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};
use tower::ServiceExt as _;

use super::{config::Http2Config, interim::Hinted, layer::Stack};

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(60);

/// Serves `stack` until `stop`; what is left are the connections, to be shut down.
pub(super) async fn run(
    listener: Listener,
    stack: Stack,
    http2: &Http2Config,
    stop: Stop,
) -> GracefulShutdown {
    let mut auto = auto::Builder::new(TokioExecutor::new());
    auto.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD);
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
            Ok(Accepted::Tcp(stream, peer)) => server.serve(stream, Some(peer)),
            #[cfg(unix)]
            Ok(Accepted::Unix(stream)) => server.serve(stream, None),
            Err(error) => {
                // Out of descriptors, mostly: waiting lets some be closed.
                tracing::warn!(target: "http", %error, "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    server.connections
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
        let (stream, hints) = Hinted::new(stream);
        let stack = self
            .stack
            .clone()
            .map_request(move |request: hyper::Request<Incoming>| {
                let mut request: Request = request.map(axum::body::Body::new);
                request.extensions_mut().insert(hints.clone());
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

fn spawn<E: std::fmt::Display>(connection: impl Future<Output = Result<(), E>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Clients leave and send nonsense all day: nothing to act upon.
            tracing::debug!(target: "http", %error, "a connection ended early");
        }
    });
}
