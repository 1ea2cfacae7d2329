//! From a socket that was accepted to the task that serves it, on the core where it finds a seat.

use std::{net::SocketAddr, sync::Arc};

use rr_core::{cores::Seat, listen::Accepted};

use super::{Activity, Connection, Peer, Place, Requests, Speaks, Watched};
use crate::http::{
    live::{CurrentStack, Terms},
    outlet::{Socket, direct},
    tls::Tls,
};

/// All that a connection needs but its stream.
pub(super) struct Visit {
    pub(super) speaks: Speaks,
    pub(super) stack: CurrentStack,
    pub(super) terms: Terms,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) place: Place,
    /// Where there are cores to choose from.
    pub(super) seat: Option<Seat>,
}

impl Visit {
    /// Serves the connection in a task of its own, from its first byte to the worker's answer.
    pub(super) fn begin(self, accepted: Accepted) {
        let elsewhere = self.seat.as_ref().filter(|it| !it.is_here());
        let Some(runtime) = elsewhere.map(|it| it.runtime().clone()) else {
            return self.begin_here(accepted);
        };
        let moved = accepted.detach().map(|detached| {
            runtime.spawn(async move {
                match detached.attach() {
                    Ok(accepted) => self.begin_here(accepted),
                    Err(error) => lost(&error),
                }
            })
        });
        if let Err(error) = moved {
            lost(&error);
        }
    }

    fn begin_here(self, accepted: Accepted) {
        match accepted {
            Accepted::Tcp(stream, peer) => self.serve(stream, Some(peer)),
            Accepted::Unix(stream) => self.serve(stream, None),
        }
    }

    fn serve(self, socket: impl Socket, address: Option<SocketAddr>) {
        let activity = Activity::new();
        let Terms { limits, protocols } = self.terms;
        let peer = Peer {
            address,
            ..Peer::default()
        };
        let (stream, outlet) = direct(socket);
        let connection = Connection {
            stream: Watched::new(stream, Arc::clone(&activity)),
            requests: Requests {
                stack: self.stack,
                peer: Arc::new(peer),
                activity: Arc::clone(&activity),
                limits,
                hints: None,
                outlet: None,
            },
            outlet,
            activity,
            protocols,
            place: self.place,
            _seat: self.seat,
        };
        match (self.speaks, self.tls) {
            (Speaks::Https, Some(tls)) => tokio::spawn(connection.over_tls(tls)),
            (Speaks::FastCgi, _) => tokio::spawn(connection.fastcgi()),
            _ => tokio::spawn(connection.plain()),
        };
    }
}

fn lost(error: &std::io::Error) {
    tracing::warn!(target: "http", %error, "a connection was lost on its way to another core");
}
