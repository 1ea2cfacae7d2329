//! The `http.ssl` section.

use std::path::PathBuf;

use rr_core::config::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::server::Unsupported;

/// HTTPS: TLS 1.2 and 1.3, with HTTP/2 where the client can.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SslConfig {
    /// Where to listen, as `http.address`; one or several.
    #[serde(default = "https")]
    pub address: Vec<Address>,
    /// The file of the certificate and those that vouch for it, in PEM. Read again when it changes.
    pub cert: PathBuf,
    /// The file of the certificate's private key, in PEM, without a passphrase. Read again when it changes.
    pub key: PathBuf,
    /// The file of the authorities that clients' certificates are checked against, in PEM. No others are trusted.
    #[serde(default)]
    pub root_ca: Option<PathBuf>,
    /// Whether clients are asked for a certificate.
    #[serde(default)]
    pub client_auth_type: ClientAuth,
    /// Answers every request without TLS by a redirect to its `https` URI.
    #[serde(default)]
    pub redirect: bool,
    /// Certificates from Let's Encrypt.
    #[serde(default)]
    pub acme: Option<Unsupported>,
}

fn https() -> Vec<Address> {
    vec![Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 443,
    }]
}

/// What is asked of clients, by the names that Go's `tls.ClientAuthType` has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// Nothing.
    #[default]
    NoClientCert,
    /// Nothing; the Go server's documentation spells it so, its code without the `s`.
    NoClientCerts,
    /// A certificate if they have one; nobody checks who signed it.
    RequestClientCert,
    /// A certificate; nobody checks who signed it.
    RequireAnyClientCert,
    /// A certificate if they have one, signed by `root_ca`.
    VerifyClientCertIfGiven,
    /// A certificate that is signed by `root_ca`.
    RequireAndVerifyClientCert,
}
