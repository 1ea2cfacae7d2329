//! How traces are sent: by which protocol and with what, and what becomes of requests where nobody
//! takes them.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use rr_core::{
    ServerBuilder,
    config::{Config, Diagnostics},
};
use rr_services::{Otel, Rpc};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    certificates::Certificates,
    client::get,
    collector::{Collector, routes},
    logging::{stop, up},
    server::{Running, config, free_port, run, with_services},
};

const HTTP: &str = "  middleware: otel\n  pool: {num_workers: 1, destroy_timeout: 5s}";

fn services() -> ServerBuilder {
    with_services(ServerBuilder::default().service(Otel).service(Rpc))
}

async fn start(otel: &str) -> Running {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, HTTP);
    run(services(), http, rpc, &format!("{text}otel:\n{otel}\n"))
        .await
        .unwrap()
}

#[tokio::test]
async fn otlp_goes_over_http_and_over_grpc() {
    for (client, is_packed) in [
        ("http", false),
        ("http", true),
        ("grpc", false),
        ("grpc", true),
    ] {
        let mut collector = Collector::start().await;
        let server = start(&format!(
            "  client: {client}\n  endpoint: {}\n  insecure: true\n  compress: {is_packed}\n  \
             headers: {{X-Team: blue}}\n  resource: {{service_name: shop, service_version: '7', service_namespace: here, service_instance_id: one}}",
            collector.address
        ))
        .await;
        get(server.http, "/").await;
        server.stop().await;
        let delivery = collector.next().await;
        assert_eq!(delivery.headers["x-team"], "blue");
        let packed = delivery.headers.contains_key("content-encoding")
            || delivery.headers.contains_key("grpc-encoding");
        assert_eq!(packed, is_packed, "{client}");
        let names: Vec<_> = delivery.spans().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["worker", "GET"], "{client}");
        let mut resource = delivery.resource();
        assert!(resource["telemetry.sdk.version"].take().is_string());
        assert_eq!(
            resource,
            json!({
                "service.name": "shop",
                "service.version": "7",
                "service.namespace": "here",
                "service.instance.id": "one",
                "process.pid": std::process::id(),
                "telemetry.sdk.name": "opentelemetry",
                "telemetry.sdk.language": "rust",
                "telemetry.sdk.version": null,
            })
        );
    }
}

#[tokio::test]
async fn zipkin_gets_its_own_json() {
    let mut collector = Collector::start().await;
    let endpoint = format!(
        "  exporter: zipkin\n  endpoint: http://{}/",
        collector.address
    );
    let server = start(&endpoint).await;
    get(server.http, "/status?code=500").await;
    server.stop().await;
    let delivery = collector.next().await;
    assert_eq!(delivery.headers["content-type"], "application/json");
    let spans: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
    let (worker, request) = (&spans[0], &spans[1]);
    assert_eq!(request["name"], "GET");
    assert_eq!(request["kind"], "SERVER");
    assert_eq!(
        request["localEndpoint"],
        json!({ "serviceName": "RoadRunner" })
    );
    assert_eq!(request["tags"]["http.response.status_code"], "500");
    assert_eq!(request["tags"]["otel.status_code"], "ERROR");
    assert_eq!(request["id"].as_str().unwrap().len(), 16);
    assert_eq!(request["traceId"].as_str().unwrap().len(), 32);
    assert!(request["timestamp"].as_u64() > Some(1_600_000_000_000_000));
    assert!(request["duration"].as_u64() > Some(0));
    assert_eq!(worker["parentId"], request["id"]);
    assert!(request.get("parentId").is_none() && worker.get("kind").is_none());
}

/// Requests are answered, and the server stops, both without waiting for the collector.
async fn is_undisturbed(otel: &str, stops_within: Duration) {
    let server = start(otel).await;
    for _ in 0..20 {
        let asked = timeout(Duration::from_secs(10), get(server.http, "/")).await;
        assert_eq!(asked.unwrap().status, 200);
    }
    let asked = Instant::now();
    server.stop().await;
    assert!(asked.elapsed() < stops_within, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_collector_that_is_down_disturbs_nothing() {
    for client in ["http", "grpc"] {
        let nobody = free_port();
        let otel = format!("  insecure: true\n  client: {client}\n  endpoint: {nobody}");
        is_undisturbed(&otel, Duration::from_secs(10)).await;
    }
}

#[tokio::test]
async fn a_collector_that_hangs_disturbs_nothing() {
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hanging.local_addr().unwrap();
    let otel = format!("  insecure: true\n  endpoint: {address}");
    // It is given five seconds to take what is left.
    is_undisturbed(&otel, Duration::from_secs(15)).await;
}

/// The program, which a test waits for without running anything else: a collector that is to
/// answer meanwhile needs a thread of its own. It has an `otel` section and variables; both streams are pipes.
fn program(dir: &Path, http: SocketAddr, otel: &str, variables: &[(&str, &str)]) -> Child {
    let path = dir.join(".rr.yaml");
    let text = config(http, free_port(), HTTP);
    let logs = "logs: {mode: production, level: info}\n";
    fs::write(&path, format!("{text}{logs}{otel}\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
    command.args(["serve", "--config"]).arg(path);
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50");
    command.envs(variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn text(stream: Option<impl std::io::Read>) -> String {
    let mut text = String::new();
    stream.unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_says_what_the_config_leaves_open() {
    let mut collector = Collector::start().await;
    let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
    let endpoint = format!("http://{}", collector.address);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=red"),
        ("OTEL_SERVICE_NAME", "from-outside"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        ),
    ];
    let mut server = program(dir.path(), http, "otel: {}", &variables);
    up(http).await;
    get(http, "/").await;
    // While it runs: nobody has to wait for the stop.
    let delivery = collector.next().await;
    assert_eq!(delivery.headers["x-team"], "red");
    assert_eq!(delivery.resource()["service.name"], "from-outside");
    assert_eq!(delivery.resource()["deployment.environment.name"], "test");
    stop(&mut server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampler_that_keeps_nothing_keeps_nothing() {
    let mut collector = Collector::start().await;
    let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
    let otel = format!("otel: {{endpoint: 'http://{}'}}", collector.address);
    let never = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0"),
    ];
    let mut server = program(dir.path(), http, &otel, &never);
    up(http).await;
    let reply = get(http, "/request").await;
    let parent = reply.json()["headers"]["Traceparent"][0].clone();
    assert!(parent.as_str().unwrap().ends_with("-00"), "{parent}");
    stop(&mut server);
    assert!(collector.spans().is_empty());
}

#[tokio::test]
async fn lines_of_json_go_to_a_standard_stream() {
    for (exporter, is_stdout) in [("stdout", true), ("stderr", false)] {
        let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
        let otel = format!("otel: {{exporter: {exporter}}}");
        let mut server = program(dir.path(), http, &otel, &[]);
        up(http).await;
        get(http, "/").await;
        stop(&mut server);
        let text = match is_stdout {
            true => text(server.stdout.take()),
            false => text(server.stderr.take()),
        };
        let lines = text.lines().filter(|it| it.contains("resourceSpans"));
        let spans: Vec<_> = lines
            .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap())
            .flat_map(|it| {
                it["resourceSpans"][0]["scopeSpans"][0]["spans"]
                    .as_array()
                    .unwrap()
                    .clone()
            })
            .collect();
        let names: Vec<_> = spans.iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["worker", "GET"], "{text}");
        assert_eq!(spans[0]["parentSpanId"], spans[1]["spanId"]);
    }
}

#[tokio::test]
async fn who_is_down_is_told_of_once_with_what_to_do() {
    let (dir, http, nobody) = (tempfile::tempdir().unwrap(), free_port(), free_port());
    let otel = format!("otel: {{endpoint: 'http://{nobody}'}}");
    let mut server = program(dir.path(), http, &otel, &[]);
    up(http).await;
    for _ in 0..3 {
        get(http, "/").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop(&mut server);
    let log = text(server.stderr.take());
    let records = log
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
    let records: Vec<_> = records.filter(|it| it["logger"] == "otel").collect();
    let told: Vec<_> = records
        .iter()
        .map(|it| it["msg"].as_str().unwrap())
        .collect();
    let [to, failed, farewell] = told[..] else {
        panic!("{log}");
    };
    assert_eq!(
        to,
        format!("traces go to `http://{nobody}/v1/traces` (OTLP over HTTP)")
    );
    let begin = format!("traces cannot be sent to `http://{nobody}/v1/traces` (OTLP over HTTP): ");
    assert!(failed.starts_with(&begin), "{failed}");
    assert!(failed.contains("refused"), "{failed}");
    assert!(failed.ends_with("help: see that a collector listens there, or set `otel.endpoint`"));
    assert!(
        farewell.starts_with("the server stops before all traces were sent"),
        "{farewell}"
    );
    assert_eq!(records[2]["lost_spans"], 6);
}

/// Whoever says the same to everybody, over HTTP/1.
async fn parrot(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            stream.read_buf(&mut asked).await.ok();
            stream.write_all(answer.as_bytes()).await.ok();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_collector_answers_is_told_with_what_to_do() {
    const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    for (client, answer, expected) in [
        (
            "http",
            UNAUTHORIZED,
            "it answered 401 Unauthorized; help: see whether `otel.headers` has the token that is asked for",
        ),
        (
            "http",
            NOT_FOUND,
            "it answered 404 Not Found; help: the path is `/v1/traces`, unless",
        ),
        (
            "grpc",
            NOT_FOUND,
            "help: see whether this port is for OTLP over gRPC: mostly it is 4317",
        ),
    ] {
        let address = parrot(answer).await;
        let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
        let otel = format!("otel: {{client: {client}, endpoint: 'http://{address}'}}");
        let mut server = program(dir.path(), http, &otel, &[]);
        up(http).await;
        get(http, "/").await;
        stop(&mut server);
        let log = text(server.stderr.take());
        assert!(log.contains(expected), "{log}");
    }
}

/// A collector behind TLS, of HTTP/1 and HTTP/2.
async fn behind_tls(
    certificates: &Certificates,
) -> (
    SocketAddr,
    tokio::sync::mpsc::UnboundedReceiver<crate::collector::Delivery>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let chain = CertificateDer::pem_file_iter(certificates.path("server.crt")).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates.path("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let (routes, deliveries) = routes();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, routes) = (acceptor.clone(), routes.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = TowerToHyperService::new(routes);
                let server = auto::Builder::new(TokioExecutor::new());
                server
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .ok();
            });
        }
    });
    (address, deliveries)
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_checked_against_those_whom_the_system_trusts() {
    let certificates = Certificates::new();
    let (address, mut deliveries) = behind_tls(&certificates).await;
    let ca = certificates.path("ca.crt");
    for client in ["http", "grpc"] {
        let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
        // Without a scheme, and not `insecure`: TLS.
        let otel = format!(
            "otel: {{client: {client}, endpoint: 'localhost:{}'}}",
            address.port()
        );
        let trust = [("SSL_CERT_FILE", ca.to_str().unwrap())];
        let mut server = program(dir.path(), http, &otel, &trust);
        up(http).await;
        get(http, "/").await;
        let delivery = timeout(Duration::from_secs(20), deliveries.recv()).await;
        assert_eq!(
            delivery.unwrap().unwrap().spans().last().unwrap().name,
            "GET"
        );
        stop(&mut server);

        // The same, trusting somebody else.
        let stranger = Certificates::new();
        let ca = stranger.path("ca.crt");
        let trust = [("SSL_CERT_FILE", ca.to_str().unwrap())];
        let mut server = program(dir.path(), http, &otel, &trust);
        up(http).await;
        get(http, "/").await;
        stop(&mut server);
        let log = text(server.stderr.take());
        assert!(
            log.contains("traces cannot be sent") && log.contains("certificate"),
            "{log}"
        );
        assert!(deliveries.try_recv().is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_no_tls_is_told_from_who_is_not_there() {
    let collector = Collector::start().await;
    let certificates = Certificates::new();
    let ca = certificates.path("ca.crt");
    let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
    let otel = format!("otel: {{endpoint: '{}'}}", collector.address);
    let trust = [("SSL_CERT_FILE", ca.to_str().unwrap())];
    let mut server = program(dir.path(), http, &otel, &trust);
    up(http).await;
    get(http, "/").await;
    stop(&mut server);
    let log = text(server.stderr.take());
    assert!(
        log.contains("it speaks no TLS there: set `otel.insecure: true`"),
        "{log}"
    );
}

#[tokio::test]
async fn traces_can_be_turned_off_from_outside() {
    let (dir, http) = (tempfile::tempdir().unwrap(), free_port());
    let mut server = program(
        dir.path(),
        http,
        "otel: {}",
        &[("OTEL_SDK_DISABLED", "true")],
    );
    up(http).await;
    let reply = get(http, "/request").await;
    assert!(reply.json()["headers"]["Traceparent"].is_null());
    stop(&mut server);
    let log = text(server.stderr.take());
    assert!(
        log.contains("there are no traces: the variable `OTEL_SDK_DISABLED` is `true`"),
        "{log}"
    );
}

/// What is wrong with a config; `config check` looks as closely.
fn mistakes(otel: &str) -> String {
    let http = "127.0.0.1:8080".parse().unwrap();
    let text = config(
        http,
        "127.0.0.1:6001".parse().unwrap(),
        "  middleware: otel",
    );
    let config = Config::from_text(".rr.yaml", &format!("{text}{otel}\n")).unwrap();
    match services().build(&config, Diagnostics::default(), true) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn mistakes_are_told_with_their_places() {
    insta::assert_snapshot!(mistakes(
        "otel:\n  endpoint: grpc://collector:4317\n  client: https\n  headers: {\"a b\": 1}\n  servce_name: shop"
    ));
    insta::assert_snapshot!(mistakes(
        "otel:\n  client: grpc\n  custom_url: /v1/traces\n  endpoint: https://collector:4317\n  insecure: true"
    ));
    insta::assert_snapshot!(mistakes("otel:\n  headers:\n    x-team: \"sec\\nret\""));
    insta::assert_snapshot!(mistakes(""));
    insta::assert_snapshot!(mistakes("otel: {exporter: jaeger}"));
    insta::assert_snapshot!(mistakes(
        "  otel: {exporter: otlp}\notel: {custom_url: 'a b'}"
    ));
}
