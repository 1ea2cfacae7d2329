//! Accepts connections until the stop, then waits for those that are still at work.

use std::{io, sync::Arc, time::Duration};

use rr_core::{
    lifecycle::Stop,
    listen::{Accepted, Listener},
    rpc::{ConnectionError, Limits, Registry, serve_connection},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::sleep,
};

/// How long to wait when the system gives no connection, being out of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

struct Connections {
    registry: Arc<Registry>,
    limits: Limits,
    stop: Stop,
    open: JoinSet<()>,
}

/// Serves every connection to `listener` in a task of its own.
pub(super) async fn serve(listener: Listener, registry: Registry, limits: Limits, stop: Stop) {
    let mut connections = Connections {
        registry: Arc::new(registry),
        limits,
        stop: stop.clone(),
        open: JoinSet::new(),
    };
    loop {
        tokio::select! {
            accepted = connections.accept(&listener) => if let Err(error) = accepted {
                tracing::warn!(target: "rpc", %error, "cannot accept a connection");
                sleep(PAUSE).await;
            },
            () = stop.cancelled() => break,
        }
        // Whatever has ended is forgotten.
        while connections.open.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.open.join_next().await.is_some() {}
}

impl Connections {
    async fn accept(&mut self, listener: &Listener) -> io::Result<()> {
        match listener.accept().await? {
            Accepted::Tcp(stream, peer) => {
                let (reader, writer) = stream.into_split();
                self.open(reader, writer, peer.to_string());
            }
            Accepted::Unix(stream) => {
                let pid = stream.peer_cred()?.pid();
                let peer = pid.map_or_else(|| "socket".to_owned(), |pid| format!("pid {pid}"));
                let (reader, writer) = stream.into_split();
                self.open(reader, writer, peer);
            }
        }
        Ok(())
    }

    fn open<R, W>(&mut self, reader: R, writer: W, peer: String)
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (registry, limits, stop) = (Arc::clone(&self.registry), self.limits, self.stop.clone());
        self.open.spawn(async move {
            match serve_connection(reader, writer, registry, limits, stop).await {
                Ok(()) => {}
                // Clients that die are no news.
                Err(ConnectionError::Io(error)) => {
                    tracing::debug!(target: "rpc", peer, %error, "connection lost");
                }
                Err(error) => tracing::warn!(target: "rpc", peer, "connection closed: {error}"),
            }
        });
    }
}
