//! The files of a certificate: read with plain words where they are wrong, and told apart from
//! what they were before.

#[cfg_attr(unix, path = "files/unix.rs")]
#[cfg_attr(windows, path = "files/windows.rs")]
mod system;

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _};

use super::TlsError;
use crate::http::config::{ClientAuth, SslConfig};

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
    pub(super) authorities: Option<PathBuf>,
    pub(super) clients: ClientAuth,
}

impl Files {
    pub(super) fn new(config: &SslConfig) -> Self {
        Self {
            cert: config.cert.clone(),
            key: config.key.clone(),
            authorities: config.root_ca.clone(),
            clients: config.client_auth_type,
        }
    }

    /// The server's certificate, and those that vouch for it; never none.
    pub(super) fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        certificates("http.ssl.cert", &self.cert)
    }

    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        const KEY: &str = "http.ssl.key";
        let text = read(KEY, &self.key)?;
        PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
            pem::Error::NoItemsFound if contains(&text, b"ENCRYPTED") => TlsError::Encrypted {
                path: self.key.clone(),
            },
            _ if contains(&text, b"Proc-Type: 4,ENCRYPTED") => TlsError::Encrypted {
                path: self.key.clone(),
            },
            pem::Error::NoItemsFound => TlsError::Nothing {
                key: KEY,
                path: self.key.clone(),
                what: "private key",
                label: "PRIVATE KEY",
            },
            error => TlsError::Pem {
                key: KEY,
                path: self.key.clone(),
                reason: error.to_string(),
            },
        })
    }
}

/// All certificates of a file; never none.
pub(super) fn certificates(
    key: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(key, path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match all {
        Ok(all) if all.is_empty() => Err(TlsError::Nothing {
            key,
            path: path.to_owned(),
            what: "certificate",
            label: "CERTIFICATE",
        }),
        Ok(all) => Ok(all),
        Err(error) => Err(TlsError::Pem {
            key,
            path: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        key,
        path: path.to_owned(),
        source,
    })
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|it| it == word)
}

/// What the files look like from outside; another one, and something was replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<Option<(u64, Option<SystemTime>, u64)>>);

impl Stamp {
    pub(super) async fn of(files: &Files) -> Self {
        let mut stamp = Vec::with_capacity(3);
        for path in [
            Some(&files.cert),
            Some(&files.key),
            files.authorities.as_ref(),
        ] {
            let Some(path) = path else { continue };
            let file = tokio::fs::metadata(path).await.ok();
            stamp.push(file.map(|it| (it.len(), it.modified().ok(), system::identity(&it))));
        }
        Self(stamp)
    }
}
