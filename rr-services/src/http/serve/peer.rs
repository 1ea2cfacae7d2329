//! Who is at the other end of a connection, as each of its requests tells it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};

use crate::http::Attributes;

/// Among the extensions of a request that came over TLS: its scheme is `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secure;

/// The client of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::http) struct Peer {
    /// `None` on a unix socket.
    pub(in crate::http) address: Option<SocketAddr>,
    pub(in crate::http) secure: bool,
    /// What its certificate says.
    pub(in crate::http) certificate: Option<Attributes>,
}

impl Peer {
    pub(in crate::http) fn introduce(&self, request: &mut Request) {
        let extensions = request.extensions_mut();
        if let Some(address) = self.address {
            extensions.insert(ConnectInfo(address));
        }
        if self.secure {
            extensions.insert(Secure);
        }
        if let Some(certificate) = &self.certificate {
            extensions.insert(certificate.clone());
        }
    }
}
