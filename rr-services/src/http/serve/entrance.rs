//! Where clients come in: the addresses of the config, bound.

use rr_core::{
    config::Address,
    listen::{Access, BindError, Listener},
};

use crate::http::config::HttpConfig;

/// A listener, and what is spoken there.
#[derive(Debug)]
pub(in crate::http) struct Entrance {
    pub(super) listener: Listener,
    pub(super) speaks: Speaks,
}

/// What is spoken with clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http,
    /// HTTP, where every answer points to the port with TLS.
    Redirect(u16),
    Https,
    FastCgi,
}

impl Entrance {
    /// Binds everything that `config` names; those with TLS first, as redirects need their port.
    ///
    /// # Errors
    /// The first address that cannot be had.
    pub(in crate::http) async fn bind_all(config: &HttpConfig) -> Result<Vec<Self>, BindError> {
        let access = config.socket_mode.map_or(Access::Umask, Access::Mode);
        let mut all = Vec::new();
        let mut plain = Speaks::Http;
        if let Some(ssl) = &config.ssl {
            bind(
                &mut all,
                Speaks::Https,
                &ssl.address,
                "http.ssl.address",
                access,
            )
            .await?;
            let port = all.iter().find_map(|it| match it.listener.address() {
                Address::Tcp { port, .. } => Some(port),
                _ => None,
            });
            if ssl.redirect {
                plain = Speaks::Redirect(port.unwrap_or(443));
            }
        }
        bind(&mut all, plain, &config.address, "http.address", access).await?;
        if let Some(fcgi) = &config.fcgi {
            let key = "http.fcgi.address";
            bind(&mut all, Speaks::FastCgi, &fcgi.address, key, access).await?;
        }
        all.iter().for_each(Self::warn_of_strangers);
        Ok(all)
    }

    /// Whoever speaks FastCGI says who the client is.
    fn warn_of_strangers(&self) {
        if self.speaks == Speaks::FastCgi && self.listener.is_public() {
            tracing::warn!(
                target: "http",
                "`http.fcgi.address` can be reached from other machines: whoever reaches it can pretend to be any client; \
                 help: listen on 127.0.0.1 or on a unix socket",
            );
        }
    }

    /// For the log: `127.0.0.1:8080 (http)`.
    pub(in crate::http) fn describe(&self) -> String {
        let speaks = match self.speaks {
            Speaks::Http => "http",
            Speaks::Redirect(_) => "redirects to https",
            Speaks::Https => "https",
            Speaks::FastCgi => "FastCGI",
        };
        format!("{} ({speaks})", self.listener.address())
    }
}

async fn bind(
    all: &mut Vec<Entrance>,
    speaks: Speaks,
    addresses: &[Address],
    key: &'static str,
    access: Access,
) -> Result<(), BindError> {
    for address in addresses {
        let listeners = Listener::bind_all(address, key, access).await?;
        all.extend(
            listeners
                .into_iter()
                .map(|listener| Entrance { listener, speaks }),
        );
    }
    Ok(())
}
