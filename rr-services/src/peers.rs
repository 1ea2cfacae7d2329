//! Who is at the other end of a connection, and whether that is a proxy we trust.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Extensions;
use ipnet::IpNet;

use crate::{
    http::Proxy,
    parsed::{Meaning, Parsed},
};

/// Peers that are trusted: a network, an address, or whoever can connect to our unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    Network(IpNet),
    /// Its file's mode decides who that is.
    UnixSocket,
}

/// The peer of the connection itself, whatever proxies said of the client; `None` on a unix socket.
pub(crate) fn direct(extensions: &Extensions) -> Option<IpAddr> {
    let peer = match extensions.get::<Proxy>() {
        Some(Proxy(peer)) => *peer,
        None => extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0),
    };
    peer.map(|it| it.ip().to_canonical())
}

/// Whether `peer` is among the trusted ones.
pub(crate) fn is_trusted(trusted: &[Parsed<Peers>], peer: Option<IpAddr>) -> bool {
    trusted.iter().any(|Parsed(it)| match (it, peer) {
        (Peers::Network(network), Some(peer)) => network.contains(&peer.to_canonical()),
        (Peers::UnixSocket, None) => true,
        _ => false,
    })
}

impl Meaning for Peers {
    const NAME: &'static str = "Peers";

    fn read(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("unix") {
            return Ok(Self::UnixSocket);
        }
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let network = address.or_else(|_| text.parse());
        network.map(Self::Network).map_err(|_| {
            "is no network such as `10.0.0.0/8` or `fc00::/7`, no address, and not `unix`".into()
        })
    }
}
