//! A site that speaks TLS, with a certificate that nobody vouches for.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use super::site::{Site, free_port};
use crate::interrupt::Interrupt;

/// A server that listens with TLS as well as without.
pub(super) struct Encrypted {
    pub(super) site: Site,
    /// Where TLS is spoken.
    pub(super) port: u16,
    /// Certificate and key, read by the server for as long as it lives.
    _keys: TempDir,
}

/// What became of the attempt.
pub(super) enum Start {
    Up(Box<Encrypted>),
    /// What is missing.
    Absent(String),
}

/// Starts `binary` with a certificate made for this run.
///
/// # Errors
/// When it does not come up for another reason than that it has no `http.ssl`.
pub(super) fn start(binary: &Path, interrupt: &Interrupt) -> Result<Start> {
    let keys = tempfile::Builder::new().prefix("conformance-").tempdir()?;
    let (cert, key) = (keys.path().join("cert.pem"), keys.path().join("key.pem"));
    let Ok(made) = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
    else {
        let what = "`openssl` is missing\nhelp: apt-get install openssl";
        return Ok(Start::Absent(what.into()));
    };
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(
        made.status.success(),
        "openssl makes no certificate:\n{said}"
    );

    let port = free_port()?;
    let (cert, key) = (serde_json::to_string(&cert)?, serde_json::to_string(&key)?);
    let ssl = format!("  ssl: {{address: \"127.0.0.1:{port}\", cert: {cert}, key: {key}}}\n");
    match Site::start(binary, &ssl, interrupt) {
        Ok(site) => Ok(Start::Up(Box::new(Encrypted {
            site,
            port,
            _keys: keys,
        }))),
        Err(error) if error.to_string().contains("`http.ssl`: this server cannot") => {
            Ok(Start::Absent("this server has no `http.ssl` yet".into()))
        }
        Err(error) => Err(error),
    }
}
