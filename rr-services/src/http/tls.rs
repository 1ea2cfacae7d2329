//! TLS: the only part that knows rustls.
//!
//! TLS 1.2 and 1.3 with the suites and curves of rustls, all of them with forward secrecy. HTTP/2
//! is offered by ALPN. Whoever accepts gets the settings of the moment: files that change are
//! read again beside it, and a broken new one leaves the old in use.

mod certificate;
mod clients;
mod files;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{ServerConfig, crypto::ring};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Attributes, config::SslConfig};
use files::{Files, Stamp};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The certificate and the rules of one server.
#[derive(Debug)]
pub(super) struct Tls {
    files: Files,
    current: RwLock<Arc<ServerConfig>>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("cannot read `{}`: {source}\nhelp: check `{key}`", path.display())]
    Read {
        key: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "`{}` holds no {what} in PEM\nhelp: check `{key}`; it begins with a line such as `-----BEGIN {label}-----`",
        path.display()
    )]
    Nothing {
        key: &'static str,
        path: PathBuf,
        what: &'static str,
        label: &'static str,
    },
    #[error("`{}` is no PEM: {reason}\nhelp: check `{key}`", path.display())]
    Pem {
        key: &'static str,
        path: PathBuf,
        reason: String,
    },
    #[error(
        "the key in `{}` has a passphrase, for which nobody can be asked\nhelp: write it without: `openssl pkey -in {} -out plain.key`",
        path.display(), path.display()
    )]
    Encrypted { path: PathBuf },
    #[error(
        "the key in `{}` is not the one of the certificate in `{}`\nhelp: the first certificate in `http.ssl.cert` must be the server's own, those that vouch for it follow",
        key.display(), cert.display()
    )]
    Mismatch { cert: PathBuf, key: PathBuf },
    #[error("`{}` and `{}` make no TLS: {source}", cert.display(), key.display())]
    Unusable {
        cert: PathBuf,
        key: PathBuf,
        source: rustls::Error,
    },
    #[error("`{}` holds no authority that can be used: {reason}\nhelp: check `http.ssl.root_ca`", path.display())]
    Authorities { path: PathBuf, reason: String },
    #[error(
        "`http.ssl.client_auth_type` wants certificates of clients checked, but nothing says against what\nhelp: give `http.ssl.root_ca` the file of the authorities that may sign them"
    )]
    NoAuthorities,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Which file is wrong and how.
    pub(super) fn load(config: &SslConfig) -> Result<Self, TlsError> {
        let files = Files::new(config);
        if files.authorities.is_some() && !clients::asked(files.clients) {
            tracing::warn!(
                target: "http",
                "`http.ssl.root_ca` has no effect: `client_auth_type` asks no client for a certificate",
            );
        }
        let current = build(&files)?;
        Ok(Self {
            files,
            current: RwLock::new(Arc::new(current)),
        })
    }

    /// Shakes hands, by the settings of now.
    ///
    /// # Errors
    /// What the client did wrong, or that it left.
    pub(super) async fn accept<T>(&self, stream: T) -> std::io::Result<TlsStream<T>>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let current = self.current.read();
        let current = Arc::clone(&current.unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(current).accept(stream).await
    }

    /// Reads the files again whenever they change. Never ends.
    pub(super) async fn follow(&self) {
        let mut seen = Stamp::of(&self.files).await;
        loop {
            sleep(LOOK).await;
            let now = Stamp::of(&self.files).await;
            if now == seen {
                continue;
            }
            seen = now;
            // Two files are never replaced at once: after the second one all is well again.
            match build(&self.files) {
                Ok(renewed) => {
                    let mut current = self.current.write();
                    **current.as_mut().unwrap_or_else(|it| it.get_mut()) = Arc::new(renewed);
                    tracing::info!(target: "http", "the certificate is renewed");
                }
                Err(error) => tracing::error!(
                    target: "http",
                    %error,
                    "the files of the certificate have changed, and cannot be used: the old one stays",
                ),
            }
        }
    }
}

/// Whether the client chose HTTP/2.
pub(super) fn is_http2<T>(stream: &TlsStream<T>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

/// What the client's certificate says, where it was asked for one; `verified` where it had to be
/// signed by the right authority.
pub(super) fn client<T>(tls: &Tls, stream: &TlsStream<T>) -> Option<Attributes> {
    if !clients::asked(tls.files.clients) {
        return None;
    }
    let chain = stream.get_ref().1.peer_certificates();
    let first = chain.and_then(|it| it.first());
    Some(certificate::attributes(
        first,
        clients::verified(tls.files.clients),
    ))
}

fn build(files: &Files) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = clients::verifier(files, &provider)?;
    let chain = files.chain()?;
    let key = files.key()?;
    if let Some(first) = chain.first() {
        certificate::warn_if_expired(first, &files.cert);
    }
    let unusable = |source| match source {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
            cert: files.cert.clone(),
            key: files.key.clone(),
        },
        source => TlsError::Unusable {
            cert: files.cert.clone(),
            key: files.key.clone(),
            source,
        },
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new().map_err(unusable)?;
    Ok(config)
}

#[cfg(test)]
mod tests;
