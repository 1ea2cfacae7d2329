//! A site that speaks TLS, with a certificate that nobody vouches for.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::site::{Site, free_port};
use crate::{certificate::Certificate, interrupt::Interrupt};

/// A server that listens with TLS as well as without.
pub(super) struct Encrypted {
    pub(super) site: Site,
    /// Where TLS is spoken.
    pub(super) port: u16,
    /// Read by the server for as long as it lives.
    _certificate: Certificate,
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
    if Command::new("openssl").arg("version").output().is_err() {
        let what = "`openssl` is missing\nhelp: apt-get install openssl";
        return Ok(Start::Absent(what.into()));
    }
    let certificate = Certificate::make()?;

    let port = free_port()?;
    let cert = serde_json::to_string(&certificate.cert())?;
    let key = serde_json::to_string(&certificate.key())?;
    let ssl = format!("  ssl: {{address: \"127.0.0.1:{port}\", cert: {cert}, key: {key}}}\n");
    match Site::start(binary, &ssl, interrupt) {
        Ok(site) => Ok(Start::Up(Box::new(Encrypted {
            site,
            port,
            _certificate: certificate,
        }))),
        Err(error) if error.to_string().contains("`http.ssl`: this server cannot") => {
            Ok(Start::Absent("this server has no `http.ssl` yet".into()))
        }
        Err(error) => Err(error),
    }
}
