//! Connections: where they come from, what is spoken on them, and how long they may wait.

mod activity;
mod body;
mod connection;
mod connections;
mod drive;
mod entrance;
mod limits;
mod peer;
mod protocols;
mod redirect;
mod service;
#[cfg(test)]
mod tests;
mod visit;
mod watched;

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future::{join_all, select};
use rr_core::{cores::Cores, lifecycle::Stop};
use tokio::time::sleep;

use super::{
    live::{CurrentStack, Live, Terms},
    tls::Tls,
};
use activity::Activity;
use connection::Connection;
use connections::Place;
use entrance::Speaks;
use service::Requests;
use visit::Visit;
use watched::Watched;

pub use peer::Secure;
pub(super) use {
    connections::{Connections, Signal},
    entrance::Entrance,
    limits::Limits,
    peer::Peer,
    protocols::Protocols,
};

/// Serves by `live` at all `entrances` until `stop`; what is left are the connections, to be closed.
pub(super) async fn run(
    entrances: Vec<Entrance>,
    live: Arc<Live>,
    tls: Option<Tls>,
    cores: Option<Cores>,
    stop: &Stop,
) -> Connections {
    let most = live.terms.load().limits.connections;
    let server = Server {
        live,
        tls: tls.map(Arc::new),
        cores,
        connections: Connections::new(most, entrances.len()),
    };
    let accepting = join_all(entrances.iter().map(|it| server.accept(it, stop)));
    match &server.tls {
        Some(tls) => drop(select(accepting, pin!(tls.follow())).await),
        None => drop(accepting.await),
    }
    server.connections
}

struct Server {
    live: Arc<Live>,
    tls: Option<Arc<Tls>>,
    cores: Option<Cores>,
    connections: Connections,
}

impl Server {
    async fn accept(&self, entrance: &Entrance, stop: &Stop) {
        let stack = match entrance.speaks {
            Speaks::Redirect(port) => CurrentStack::new(redirect::to_https(port)),
            _ => self.live.stack.clone(),
        };
        loop {
            // Without a place a client is left in the system's queue rather than turned away.
            let next = async {
                let place = self.connections.place().await;
                (entrance.listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                accepted = next => accepted,
                () = stop.cancelled() => return,
            };
            let speaks = entrance.speaks;
            match accepted {
                Ok(accepted) => {
                    let visit = Visit {
                        speaks,
                        stack: stack.clone(),
                        terms: Terms::clone(&self.live.terms.load()),
                        tls: self.tls.clone(),
                        place,
                        seat: self.cores.as_ref().map(Cores::seat),
                    };
                    visit.begin(accepted);
                }
                Err(error) => {
                    drop(place);
                    // Out of descriptors, mostly: waiting lets some be closed.
                    tracing::warn!(target: "http", %error, "cannot accept a connection");
                    self.connections.crowded();
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}
