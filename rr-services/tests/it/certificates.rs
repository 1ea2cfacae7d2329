//! Certificates for a test, made on the spot.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A folder with `ca.crt` and what it signed: `server.crt`, `server.key`, `client.crt`, `client.key`.
pub(crate) struct Certificates {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = TempDir::new().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        fs::write(folder.path().join("ca.crt"), pem).unwrap();
        let issuer = Issuer::new(params, key);
        let made = Self { folder, issuer };
        made.sign("server", "localhost");
        made.sign("client", "anna");
        made
    }

    /// Writes a new certificate and its key, as a renewal does.
    pub(crate) fn sign(&self, file: &str, name: &str) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.path(&format!("{file}.crt")), signed.pem()).unwrap();
        fs::write(self.path(&format!("{file}.key")), key.serialize_pem()).unwrap();
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The section `ssl` without its closing brace.
    #[cfg(unix)]
    pub(crate) fn section(&self, address: impl std::fmt::Display) -> String {
        format!(
            "  ssl: {{address: '{address}', cert: {}, key: {}, root_ca: {}",
            self.path("server.crt").display(),
            self.path("server.key").display(),
            self.path("ca.crt").display(),
        )
    }
}
