//! A certificate for servers that are measured or checked: ECDSA on P-256, as most sites have today.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// Files in PEM; gone when dropped.
pub(crate) struct Certificate(TempDir);

impl Certificate {
    /// Makes one that nobody vouches for.
    pub(crate) fn make() -> Result<Self> {
        let made = Self(tempfile::Builder::new().prefix("certificate-").tempdir()?);
        let openssl = Command::new("openssl")
            .args("req -x509 -nodes -days 2 -subj /CN=localhost".split(' '))
            .args("-newkey ec -pkeyopt ec_paramgen_curve:prime256v1".split(' '))
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .args([Path::new("-keyout"), &made.key()])
            .args([Path::new("-out"), &made.cert()])
            .output()
            .context("`openssl` is missing\nhelp: apt-get install openssl")?;
        ensure!(
            openssl.status.success(),
            "`openssl` makes no certificate:\n{}",
            String::from_utf8_lossy(&openssl.stderr),
        );
        Ok(made)
    }

    pub(crate) fn cert(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }
}
