//! Files that are wrong, files that change, and clients with and without certificates.

use std::{fs, path::Path};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    time::advance,
};
use tokio_rustls::TlsConnector;

use super::*;
use crate::http::config::ClientAuth;

/// An authority, and what it signs.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// Certificate and key in PEM.
    fn signs(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Shop, Inc.");
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        (signed.pem(), key.serialize_pem())
    }
}

/// A folder with `server.crt`, `server.key` and `ca.crt`.
fn folder(authority: &Authority) -> (TempDir, SslConfig) {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (cert, key) = authority.signs("shop.test");
    fs::write(at("server.crt"), cert).unwrap();
    fs::write(at("server.key"), key).unwrap();
    fs::write(at("ca.crt"), &authority.pem).unwrap();
    let config = SslConfig {
        address: Vec::new(),
        cert: at("server.crt"),
        key: at("server.key"),
        root_ca: None,
        client_auth_type: ClientAuth::NoClientCert,
        redirect: false,
        acme: None,
    };
    (folder, config)
}

/// Shakes hands as a client that trusts `authority` and has `certificate`; tells what the server
/// knows of it, and the certificate that the server showed.
async fn shake(
    tls: &Tls,
    authority: &Authority,
    certificate: Option<&(String, String)>,
) -> Result<(Option<Attributes>, CertificateDer<'static>), String> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let client = match certificate {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    let (ours, theirs) = duplex(64 << 10);
    let name = ServerName::try_from("shop.test").unwrap();
    let connector = TlsConnector::from(Arc::new(client));
    let (server, client) = tokio::join!(
        async {
            let mut stream = tls.accept(ours).await?;
            stream.write_all(b"!").await?;
            stream.flush().await?;
            Ok::<_, std::io::Error>(stream)
        },
        async {
            let mut stream = connector.connect(name, theirs).await?;
            // With TLS 1.3 a client hears late that its certificate is refused.
            stream.read_u8().await?;
            Ok::<_, std::io::Error>(stream)
        }
    );
    let server = server.map_err(|it| it.to_string())?;
    let shown = client.map_err(|it| it.to_string())?;
    let shown = shown.get_ref().1.peer_certificates().unwrap()[0].clone();
    Ok((client_of(tls, &server), shown.into_owned()))
}

fn client_of<T>(tls: &Tls, stream: &TlsStream<T>) -> Option<Attributes> {
    super::client(tls, stream)
}

fn refusal(folder: &Path, config: &SslConfig) -> String {
    let error = Tls::load(config).map(drop).unwrap_err().to_string();
    error.replace(folder.to_str().unwrap(), "DIR")
}

#[test]
fn wrong_files_are_named() {
    let authority = Authority::new("ours");
    let (folder, config) = folder(&authority);
    let at = |name: &str| folder.path().join(name);
    let show = |config: &SslConfig| refusal(folder.path(), config);
    let with = |change: &dyn Fn(&mut SslConfig)| {
        let mut config = config.clone();
        change(&mut config);
        show(&config)
    };
    fs::write(at("empty"), "").unwrap();
    fs::write(
        at("broken"),
        "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    fs::write(at("other.key"), authority.signs("other").1).unwrap();
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    fs::write(at("locked.key"), locked).unwrap();
    let all = [
        with(&|it| it.cert = at("nowhere")),
        with(&|it| it.cert = at("empty")),
        with(&|it| it.cert = at("broken")),
        with(&|it| it.key = at("server.crt")),
        with(&|it| it.key = at("locked.key")),
        with(&|it| it.key = at("other.key")),
        with(&|it| it.client_auth_type = ClientAuth::RequireAndVerifyClientCert),
        with(&|it| {
            it.client_auth_type = ClientAuth::VerifyClientCertIfGiven;
            it.root_ca = Some(at("empty"));
        }),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[tokio::test]
async fn clients_are_asked_as_configured() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (folder, config) = folder(&ours);
    let (good, bad) = (ours.signs("anna"), theirs.signs("eve"));
    let check = async |clients: ClientAuth, expected: [Option<&str>; 3]| {
        let mut config = config.clone();
        config.client_auth_type = clients;
        config.root_ca = Some(folder.path().join("ca.crt"));
        let tls = Tls::load(&config).unwrap();
        for (certificate, expected) in [None, Some(&good), Some(&bad)].into_iter().zip(expected) {
            let shaken = shake(&tls, &ours, certificate).await;
            let shown = shaken.as_ref().ok().map(|(told, _)| match told {
                None => "not asked",
                Some(told) => told.iter().next().unwrap().1.as_str().unwrap(),
            });
            assert_eq!(shown, expected, "{clients:?} {shaken:?}");
        }
    };
    let (none, some, any) = (Some("NONE"), Some("SUCCESS"), Some("GENEROUS"));
    let silent = Some("not asked");
    check(ClientAuth::NoClientCert, [silent; 3]).await;
    check(ClientAuth::NoClientCerts, [silent; 3]).await;
    check(ClientAuth::RequestClientCert, [none, any, any]).await;
    check(ClientAuth::RequireAnyClientCert, [None, any, any]).await;
    check(ClientAuth::VerifyClientCertIfGiven, [none, some, None]).await;
    check(ClientAuth::RequireAndVerifyClientCert, [None, some, None]).await;
}

#[tokio::test]
async fn a_certificate_is_told_in_words() {
    let ours = Authority::new("ours");
    let (folder, mut config) = folder(&ours);
    config.client_auth_type = ClientAuth::RequireAndVerifyClientCert;
    config.root_ca = Some(folder.path().join("ca.crt"));
    let tls = Tls::load(&config).unwrap();
    let (told, _) = shake(&tls, &ours, Some(&ours.signs("anna"))).await.unwrap();
    let told = told.unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|(name, value)| (name, value.as_str().unwrap()))
        .collect();
    assert_eq!(told[0], ("SSL_CLIENT_VERIFY", "SUCCESS"));
    assert_eq!(told[1].0, "SSL_CLIENT_S_DN");
    assert!(told[1].1.contains("CN=anna"), "{told:?}");
    assert!(told[1].1.contains("O=Shop\\, Inc."), "{told:?}");
    assert!(told[2].1.contains("CN=ours"), "{told:?}");
    assert_eq!(told[3].0, "SSL_CLIENT_M_SERIAL");
}

#[tokio::test(start_paused = true)]
async fn renewed_files_are_used_and_broken_ones_are_not() {
    let ours = Authority::new("ours");
    let (folder, config) = folder(&ours);
    let tls = Arc::new(Tls::load(&config).unwrap());
    let following = tokio::spawn({
        let tls = Arc::clone(&tls);
        async move { tls.follow().await }
    });
    // The files are read in threads that simulated time does not wait for.
    let settle = async || {
        for _ in 0..200 {
            advance(LOOK / 20).await;
            std::thread::sleep(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
    };
    settle().await;
    let (_, first) = shake(&tls, &ours, None).await.unwrap();
    let (cert, key) = ours.signs("shop.test");
    fs::write(folder.path().join("renewed.crt"), cert).unwrap();
    fs::rename(folder.path().join("renewed.crt"), &config.cert).unwrap();
    settle().await;
    let (_, still) = shake(&tls, &ours, None).await.unwrap();
    assert_eq!(still, first, "the key is not there yet");
    fs::write(&config.key, key).unwrap();
    settle().await;
    let (_, renewed) = shake(&tls, &ours, None).await.unwrap();
    assert_ne!(renewed, first);
    fs::remove_file(&config.cert).unwrap();
    settle().await;
    let (_, kept) = shake(&tls, &ours, None).await.unwrap();
    assert_eq!(kept, renewed);
    following.abort();
}
