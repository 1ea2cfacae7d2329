//! One connection, in a task of its own: handshake, protocol, requests, end.

use std::{error::Error, io, sync::Arc};

use hyper_util::rt::TokioIo;
use rr_core::cores::Seat;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{error::Elapsed, timeout},
};

use super::{
    activity::Activity,
    connections::{Place, Signal},
    drive::drive,
    protocols::Protocols,
    service::Requests,
    watched::Watched,
};
use crate::http::{
    fcgi,
    interim::Hinted,
    outlet::Outlet,
    serve::Peer,
    tls::{self, Tls},
};

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Connection<T> {
    pub(super) stream: Watched<T>,
    /// Below [`stream`](Self::stream), for what is not encrypted on the way.
    pub(super) outlet: Option<Outlet>,
    pub(super) activity: Arc<Activity>,
    pub(super) requests: Requests,
    pub(super) protocols: Arc<Protocols>,
    pub(super) place: Place,
    /// Given up with the connection.
    pub(super) _seat: Option<Seat>,
}

impl<T> Connection<T>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// HTTP/1, or what the client begins with where HTTP/2 is spoken without TLS.
    pub(super) async fn plain(mut self) {
        let (stream, hints) = Hinted::new(self.stream);
        self.requests.hints = Some(hints);
        self.requests.outlet = self.outlet;
        let stream = TokioIo::new(stream);
        let (activity, limits) = (&self.activity, Arc::clone(&self.requests.limits));
        let signals = self.place.signals.clone();
        match &self.protocols.either {
            None => {
                let http1 = self.protocols.http1.serve_connection(stream, self.requests);
                quietly(drive(http1, activity, &limits, signals).await);
            }
            Some(either) => {
                let either = either.serve_connection(stream, self.requests);
                quietly(drive(either, activity, &limits, signals).await);
            }
        }
    }

    /// HTTP/1 or HTTP/2, whichever the client chose when it shook hands.
    pub(super) async fn over_tls(mut self, tls: Arc<Tls>) {
        let mut stopping = self.place.signals.clone();
        let limits = Arc::clone(&self.requests.limits);
        let handshake = async {
            match limits.handshake {
                Some(limit) => timeout(limit, tls.accept(self.stream)).await,
                None => Ok(tls.accept(self.stream).await),
            }
        };
        let stream = tokio::select! {
            stream = handshake => match stream {
                Ok(Ok(stream)) => stream,
                failed => return unshaken(failed.map(|it| it.map(drop))),
            },
            // Nothing has begun.
            _ = stopping.wait_for(|it| *it == Signal::Close) => return,
        };
        self.activity.restart();
        self.requests.peer = Arc::new(Peer {
            address: self.requests.peer.address,
            secure: true,
            certificate: tls::client(&tls, &stream),
        });
        let is_http2 = tls::is_http2(&stream);
        let (activity, signals) = (&self.activity, self.place.signals.clone());
        match is_http2 {
            true => {
                let stream = TokioIo::new(stream);
                let http2 = self.protocols.http2.serve_connection(stream, self.requests);
                quietly(drive(http2, activity, &limits, signals).await);
            }
            false => {
                let (stream, hints) = Hinted::new(stream);
                self.requests.hints = Some(hints);
                let stream = TokioIo::new(stream);
                let http1 = self.protocols.http1.serve_connection(stream, self.requests);
                quietly(drive(http1, activity, &limits, signals).await);
            }
        }
    }

    /// FastCGI, spoken by a web server in front.
    pub(super) async fn fastcgi(self) {
        let Requests { stack, limits, .. } = self.requests;
        let signals = self.place.signals.clone();
        quietly(fcgi::serve(self.stream, stack, &limits, signals).await);
    }
}

/// Clients leave and send nonsense all day: nothing to act upon.
fn quietly<E: Into<Box<dyn Error + Send + Sync>>>(ended: Result<(), E>) {
    if let Err(error) = ended.map_err(Into::into) {
        tracing::debug!(target: "http", %error, "a connection ended early");
    }
}

fn unshaken(failed: Result<io::Result<()>, Elapsed>) {
    match failed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(target: "http", %error, "a TLS handshake failed"),
        Err(_) => tracing::debug!(target: "http", "a TLS handshake took too long"),
    }
}
