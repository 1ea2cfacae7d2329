//! Connections to a collector, in plain text or by TLS.

use std::{sync::Arc, time::Duration};

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// How long a connection is kept that nothing is sent over: longer than from batch to batch.
const IDLE: Duration = Duration::from_secs(60);

/// A client that sends bodies of one type.
pub(super) type Collector<B> = Client<HttpsConnector<HttpConnector>, B>;

/// A client for `to`, of HTTP/1, or of HTTP/2 alone. Certificates are checked against those that
/// the system trusts, or the ones that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
///
/// # Errors
/// When the TLS library has no protocol in common with itself, which it has.
pub(super) fn client<B>(to: &Uri, http2: bool) -> Result<Collector<B>, String>
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    let is_tls = to.scheme_str() == Some("https");
    let roots = match is_tls {
        true => trusted(to),
        false => RootCertStore::empty(),
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|it| it.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http();
    let connector = match http2 {
        true => connector.enable_http2().build(),
        false => connector.enable_http1().build(),
    };
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http2_only(http2)
        .build(connector))
}

/// Where there is nobody, the server starts all the same, as others have no part in it.
fn trusted(to: &Uri) -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(|it| format!(": {it}"));
        let why = why.unwrap_or_default();
        tracing::warn!(
            target: "otel",
            "`{to}` is TLS, and this system trusts no authority that could have signed its certificate{why}; help: install the package `ca-certificates`, or name a file by the variable `SSL_CERT_FILE`"
        );
    }
    roots
}
