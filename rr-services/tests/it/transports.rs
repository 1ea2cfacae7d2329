//! Ways to the server: TLS, HTTP/2, sockets of all kinds. The clients are curl and nghttp2's.
#![cfg(unix)]

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use crate::{
    certificates::Certificates,
    client::{Reply, get},
    server::{APP, config, free_port, run, services, start},
};

/// What a program prints; `None` where it fails.
async fn run_client(program: &str, args: &[&str]) -> Option<String> {
    let mut command = tokio::process::Command::new(program);
    let output = command.args(args).kill_on_drop(true).output();
    let output = timeout(Duration::from_secs(20), output)
        .await
        .expect("in time");
    let output = output.unwrap_or_else(|error| panic!("`{program}`: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

async fn curl(args: &[&str]) -> Option<String> {
    run_client("curl", &[&["-sS", "--max-time", "15"], args].concat()).await
}

async fn curl_json(args: &[&str]) -> Value {
    let text = curl(args).await.expect("an answer");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[tokio::test]
async fn https_with_http1_and_http2() {
    let certificates = Certificates::new();
    let https = free_port();
    let server = start(&format!("{}}}", certificates.section(https))).await;
    let ca = certificates.path("ca.crt");
    let ca = ca.to_str().unwrap();
    let url = format!("https://localhost:{}/request?a=b", https.port());
    for (flag, protocol) in [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2.0")] {
        let seen = curl_json(&["--cacert", ca, flag, &url]).await;
        assert_eq!(seen["protocol"], protocol);
        assert_eq!(seen["uri"], url);
        assert_eq!(
            seen["attributes"],
            serde_json::json!([]),
            "nobody was asked"
        );
    }
    let plain = get(server.http, "/request").await.json();
    assert_eq!(plain["uri"], "http://shop.test/request");
    for version in ["--tlsv1.2", "--tlsv1.3"] {
        let end = format!("--tls-max={}", &version[6..]);
        let end: Vec<_> = end.split('=').collect();
        let text = curl(&["--cacert", ca, version, end[0], end[1], &url]).await;
        assert!(text.is_some(), "{version}");
    }
    let old = curl(&["--cacert", ca, "--tlsv1.0", "--tls-max", "1.1", &url]).await;
    assert_eq!(old, None);
    // Larger than the windows of HTTP/2, both ways.
    let body = certificates.path("body");
    std::fs::write(&body, vec![b'x'; 9 << 20]).unwrap();
    let body = format!("@{}", body.display());
    let echo = format!("https://localhost:{}/echo", https.port());
    let kind = "Content-Type: application/octet-stream";
    let asks = [
        "--cacert",
        ca,
        "--http2",
        "-H",
        kind,
        "--data-binary",
        &body,
        &echo,
    ];
    assert_eq!(curl(&asks).await.unwrap().len(), 9 << 20);
    server.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    let certificates = Certificates::new();
    let https = free_port();
    let server = start(&format!("{}}}", certificates.section(https))).await;
    let ca = certificates.path("ca.crt");
    let url = format!("https://renewed.test:{}/", https.port());
    let resolve = format!("renewed.test:{}:127.0.0.1", https.port());
    let asks = [
        "--cacert",
        ca.to_str().unwrap(),
        "--resolve",
        &resolve,
        &url,
    ];
    assert_eq!(curl(&asks).await, None, "the name is another one");
    certificates.sign("server", "renewed.test");
    let shown = async {
        while curl(&asks).await.as_deref() != Some("hello") {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(Duration::from_secs(15), shown)
        .await
        .expect("renewed");
    server.stop().await;
}

#[tokio::test]
async fn clients_show_certificates() {
    let certificates = Certificates::new();
    let https = free_port();
    let kind = "client_auth_type: require_and_verify_client_cert";
    let server = start(&format!("{}, {kind}}}", certificates.section(https))).await;
    let [ca, cert, key] = ["ca.crt", "client.crt", "client.key"].map(|it| certificates.path(it));
    let [ca, cert, key] = [&ca, &cert, &key].map(|it| it.to_str().unwrap());
    let url = format!("https://localhost:{}/request", https.port());
    for version in ["--http1.1", "--http2"] {
        assert_eq!(curl(&["--cacert", ca, version, &url]).await, None);
        let asks = ["--cacert", ca, version, "--cert", cert, "--key", key, &url];
        let seen = curl_json(&asks).await;
        assert_eq!(
            seen["attributes"]["SSL_CLIENT_VERIFY"][0], "SUCCESS",
            "{seen}"
        );
        let subject = seen["attributes"]["SSL_CLIENT_S_DN"][0].as_str().unwrap();
        assert!(subject.contains("CN=anna"), "{subject}");
    }
    server.stop().await;
}

#[tokio::test]
async fn clients_without_tls_are_sent_to_tls() {
    let certificates = Certificates::new();
    let https = free_port();
    let more = format!("{}, redirect: true}}", certificates.section(https));
    let server = start(&more).await;
    let reply: Reply = get(server.http, "/a?b=c").await;
    assert_eq!(reply.status, 308);
    let expected = format!("https://shop.test:{}/a?b=c", https.port());
    assert_eq!(reply.header("location"), [expected]);
    server.stop().await;
}

#[tokio::test]
async fn tls_alone_is_enough() {
    let certificates = Certificates::new();
    let (https, rpc) = (free_port(), free_port());
    let text = config(https, rpc, "  pool: {num_workers: 1}");
    let text = text.replace(
        &format!("  address: {https}"),
        &format!("{}}}", certificates.section(https)),
    );
    let server = run(services(), https, rpc, &text).await.unwrap();
    let ca = certificates.path("ca.crt");
    let url = format!("https://localhost:{}/", https.port());
    let hello = curl(&["--cacert", ca.to_str().unwrap(), &url]).await;
    assert_eq!(hello.as_deref(), Some("hello"));
    server.stop().await;
}

#[tokio::test]
async fn http2_without_tls() {
    let server = start("  http2: {h2c: true, max_concurrent_streams: 7}").await;
    let url = format!("http://{}/request", server.http);
    let seen = curl_json(&["--http2-prior-knowledge", &url]).await;
    assert_eq!(seen["protocol"], "HTTP/2.0");
    let seen = curl_json(&["--http1.1", &url]).await;
    assert_eq!(seen["protocol"], "HTTP/1.1");
    let told = run_client("nghttp", &["-v", "-n", &url]).await.unwrap();
    assert!(
        told.contains("SETTINGS_MAX_CONCURRENT_STREAMS(0x03):7"),
        "{told}"
    );
    let load = [
        "-n",
        "300",
        "-c",
        "3",
        "-m",
        "7",
        &format!("http://{}/", server.http),
    ];
    let loaded = run_client("h2load", &load).await.unwrap();
    assert!(loaded.contains("300 succeeded, 0 failed"), "{loaded}");
    server.stop().await;
}

#[tokio::test]
async fn several_addresses_and_a_socket_for_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("http.sock");
    let (first, second, rpc) = (free_port(), free_port(), free_port());
    let addresses = format!(
        "[{first}, 'localhost:{}', 'unix://{}']",
        second.port(),
        socket.display()
    );
    let text = config(first, rpc, "  pool: {num_workers: 1}\n  socket_mode: 0660");
    let text = text.replace(
        &format!("address: {first}"),
        &format!("address: {addresses}"),
    );
    let server = run(services(), first, rpc, &text).await.unwrap();
    assert_eq!(get(first, "/").await.text(), "hello");
    assert_eq!(get(second, "/").await.text(), "hello");
    let socket_path = socket.to_str().unwrap();
    let hello = curl(&["--unix-socket", socket_path, "http://shop.test/"]).await;
    assert_eq!(hello.as_deref(), Some("hello"));
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    server.stop().await;
    assert!(!socket.exists());
}

#[tokio::test]
async fn every_interface_is_both_families() {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, "  pool: {num_workers: 1}");
    let everywhere = format!("address: ':{}'", http.port());
    let text = text.replace(&format!("address: {http}"), &everywhere);
    let server = run(services(), http, rpc, &text).await.unwrap();
    let seen = get(http, "/request").await.json();
    assert_eq!(seen["remote"], "127.0.0.1", "not as IPv6 writes it");
    let six = format!("[::1]:{}", http.port());
    if tokio::net::TcpListener::bind("[::1]:0").await.is_ok() {
        let seen = get(six.parse().unwrap(), "/request").await.json();
        assert_eq!(seen["remote"], "::1");
    }
    server.stop().await;
}

/// Why a server with these lines below `http:` does not start.
async fn refused(more: &str, address: bool) -> String {
    let (http, rpc) = (free_port(), free_port());
    let mut text = config(http, rpc, &format!("  pool: {{num_workers: 1}}\n{more}"));
    if !address {
        text = text.replace(&format!("  address: {http}\n"), "");
    }
    match run(services(), http, rpc, &text).await {
        Ok(server) => {
            server.stop().await;
            panic!("it started");
        }
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_cannot_be_listened_on_is_told() {
    let all = [
        refused("", false).await,
        refused("  socket_mode: 660", true).await,
        refused("  limits: {header_size: 5}", true).await,
        refused("  http2: {max_concurrent_streams: 0}", true).await,
        refused("  fcgi: {address: 'fd://web'}", true).await,
        refused("  ssl: {cert: /nowhere.crt, key: /nowhere.key}", true).await,
    ];
    insta::assert_snapshot!(all.join("\n\n"));
    let acme = refused("  ssl: {cert: a, key: b, acme: {email: a@b.c}}", true).await;
    assert!(
        acme.contains("http.ssl.acme") && acme.contains("cannot do that yet"),
        "{acme}"
    );
}

/// A server that gets a socket from whoever starts it, as by systemd; its workers get none of it.
#[tokio::test]
async fn a_socket_that_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let rpc = free_port();
    let text = format!(
        "version: '3'\nrpc:\n  listen: tcp://{rpc}\nserver:\n  command: [php, {APP}]\n\
         http:\n  address: fd://web\n  pool: {{num_workers: 1}}\n"
    );
    let file = folder.path().join(".rr.yaml");
    std::fs::write(&file, text).unwrap();
    let http = free_port();
    let mut child = Command::new("perl")
        .args(["-MIO::Socket::INET", "-MPOSIX", "-e", HAND_OVER])
        .args([&http.to_string(), env!("CARGO_BIN_EXE_rr"), "serve", "-c"])
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It listens before the server does: whoever comes early waits.
    let connected = async {
        while TcpStream::connect(http).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), connected)
        .await
        .expect("perl is up");
    assert_eq!(get(http, "/").await.text(), "hello");
    let pid = get(http, "/pid").await.text().to_owned();
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(!environment.contains("LISTEN_"), "{environment}");
    let ours = socket_of(&format!("/proc/{}/fd", child.id()), http.port());
    let theirs = socket_of(&format!("/proc/{pid}/fd"), http.port());
    assert_eq!((ours, theirs), (true, false));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Opens the socket at the first argument, makes it descriptor 3, and becomes the rest.
pub(crate) const HAND_OVER: &str = r#"
    $^F = 100;
    my $address = shift;
    my $socket = IO::Socket::INET->new(LocalAddr => $address, Listen => 9, ReuseAddr => 1) or die;
    POSIX::dup2(fileno($socket), 3) if fileno($socket) != 3;
    $ENV{LISTEN_FDS} = 1;
    $ENV{LISTEN_PID} = $$;
    $ENV{LISTEN_FDNAMES} = "web";
    exec @ARGV;
"#;

/// Whether a process holds the socket that listens on a port.
fn socket_of(descriptors: &str, port: u16) -> bool {
    let tcp = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let at = format!(":{port:04X} 00000000:0000 0A");
    let line = tcp.lines().find(|it| it.contains(&at)).expect("it listens");
    let inode = line.split_whitespace().nth(9).unwrap();
    let files = Path::new(descriptors).read_dir().unwrap();
    let links = files.filter_map(|it| std::fs::read_link(it.unwrap().path()).ok());
    links
        .into_iter()
        .any(|it| it.to_string_lossy() == format!("socket:[{inode}]"))
}

#[tokio::test]
async fn over_the_limit_of_connections_clients_wait() {
    let server = start("  limits: {connections: 2}").await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        open.push(stream);
    }
    let third = tokio::spawn(get(server.http, "/"));
    let mut third = std::pin::pin!(third);
    let early = timeout(Duration::from_millis(500), &mut third).await;
    assert!(early.is_err(), "{early:?}");
    drop(open.pop());
    let reply = timeout(Duration::from_secs(10), third).await;
    assert_eq!(reply.expect("it has a place").unwrap().text(), "hello");
    server.stop().await;
}
