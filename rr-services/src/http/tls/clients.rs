//! Which certificates of clients are taken: the five ways of Go's `tls.ClientAuthType`.

use std::sync::Arc;

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use super::{
    TlsError,
    files::{Files, certificates},
};
use crate::http::config::ClientAuth;

/// Whether clients are asked at all.
pub(super) fn asked(clients: ClientAuth) -> bool {
    !matches!(
        clients,
        ClientAuth::NoClientCert | ClientAuth::NoClientCerts
    )
}

/// Whether a certificate that was taken is one that an authority vouches for.
pub(super) fn verified(clients: ClientAuth) -> bool {
    matches!(
        clients,
        ClientAuth::VerifyClientCertIfGiven | ClientAuth::RequireAndVerifyClientCert
    )
}

/// The authorities are those of `http.ssl.root_ca` alone: with the system's beside them, as in Go,
/// a certificate that anybody can buy would open the door.
pub(super) fn verifier(
    files: &Files,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let any = |mandatory| {
        Arc::new(AnyCertificate {
            provider: Arc::clone(provider),
            mandatory,
        })
    };
    match files.clients {
        ClientAuth::NoClientCert | ClientAuth::NoClientCerts => {
            Ok(WebPkiClientVerifier::no_client_auth())
        }
        ClientAuth::RequestClientCert => Ok(any(false)),
        ClientAuth::RequireAnyClientCert => Ok(any(true)),
        ClientAuth::VerifyClientCertIfGiven | ClientAuth::RequireAndVerifyClientCert => {
            signed(files, provider)
        }
    }
}

fn signed(
    files: &Files,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(path) = &files.authorities else {
        return Err(TlsError::NoAuthorities);
    };
    let unusable = |reason: String| TlsError::Authorities {
        path: path.clone(),
        reason,
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates("http.ssl.root_ca", path)? {
        let added = roots.add(certificate);
        added.map_err(|it| unusable(it.to_string()))?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let verifier = match files.clients {
        ClientAuth::RequireAndVerifyClientCert => verifier,
        _ => verifier.allow_unauthenticated(),
    };
    verifier.build().map_err(|it| unusable(it.to_string()))
}

/// Takes every certificate whose key the client has: that much is always proven.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
    mandatory: bool,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
