//! Proxies between a client and us.

use std::net::SocketAddr;

/// Who a request came from directly, in the extensions of a request whose
/// [`ConnectInfo`](axum::extract::ConnectInfo) tells the client behind a proxy: put there by
/// whoever changes the latter. `None` where the proxy connected to a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(pub Option<SocketAddr>);
