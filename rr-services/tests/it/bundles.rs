//! What the bundles of Symfony, Spiral and others expect: their configurations as they ship them,
//! and what their workers do.
#![cfg(unix)]

use std::net::SocketAddr;

use crate::{
    client::{get, raw, request},
    project::{Project, Server, until},
    server::free_port,
};

const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/bundles.php");

/// A project with the worker as its front controller, and its configuration.
fn project(config: &str) -> Project {
    let project = Project::with(config);
    project.write("public/index.php", &format!("<?php require '{WORKER}';"));
    project.write("public/shop.css", &"body { margin: 0 }\n".repeat(200));
    project
}

fn serve(config: &str, http: SocketAddr) -> (Project, Server) {
    let project = project(config);
    let server = project.serve(&[], http);
    (project, server)
}

/// Without RPC, with the environment as a list, a text as the command, raw channels.
#[tokio::test]
async fn a_configuration_of_a_symfony_bundle() {
    let http = free_port();
    let project = project("");
    project.write(
        ".rr.dev.yaml",
        &format!(
            "version: '3'\n\
             server:\n  command: php public/index.php\n  env:\n\
             \x20   - APP_RUNTIME: Shop\\Runtime\\Runtime\n    - app_debug: 1\n\
             http:\n  address: {http}\n  middleware: [static, gzip]\n\
             \x20 pool: {{debug: true}}\n\
             \x20 uploads: {{forbid: ['.php', '.exe', '.bat']}}\n\
             \x20 static: {{dir: public, forbid: ['.php', '.htaccess']}}\n\
             logs:\n  mode: production\n  channels:\n\
             \x20   http: {{level: debug, mode: raw}}\n\
             \x20   server: {{level: info, mode: raw}}\n\
             \x20   metrics: {{level: debug, mode: raw}}\n"
        ),
    );
    let _server = project.serve(&["-c", ".rr.dev.yaml"], http);
    let env = get(http, "/env").await.json();
    assert_eq!(env["APP_RUNTIME"], "Shop\\Runtime\\Runtime");
    assert_eq!(env["APP_DEBUG"], "1", "names are in upper case");
    assert_eq!(env["RR_MODE"], "http");
    assert_eq!(env["RR_RPC"], serde_json::Value::Null);
    assert_eq!(get(http, "/cart").await.text(), "page /cart");
    until("a raw record", || {
        project.read("stderr").lines().any(|it| it == "http log")
    });
}

/// What bundles find out about the server, sections of services that are not there included.
#[tokio::test]
async fn php_asks_for_the_configuration() {
    let (http, rpc) = (free_port(), free_port());
    let (_project, _server) = serve(
        &format!(
            "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\n\
             server: {{command: php public/index.php start --now, env: {{App_Env: prod}}}}\n\
             http: {{address: '{http}', pool: {{num_workers: 1}}}}\n\
             kv: {{local: {{driver: memory, config: {{interval: 60}}}}}}\n\
             temporal: {{address: '${{TEMPORAL:-127.0.0.1:7233}}'}}\n"
        ),
        http,
    );
    let config = get(http, "/config").await.json();
    assert_eq!(config["kv"]["local"]["driver"], "memory");
    assert_eq!(config["temporal"]["address"], "127.0.0.1:7233");
    assert_eq!(config["http"]["pool"]["num_workers"], 1);
    assert_eq!(config["version"], "3");
    let arguments = get(http, "/arguments").await.json();
    let expected = serde_json::json!(["public/index.php", "start", "--now"]);
    assert_eq!(arguments, expected, "a text is split on spaces");
}

/// A response in parts behind its hints, whose headers it has as well.
#[tokio::test]
async fn hints_before_a_stream() {
    let http = free_port();
    let (_project, _server) = serve(
        &format!(
            "version: '3'\nserver: {{command: php public/index.php}}\n\
             http: {{address: '{http}', pool: {{num_workers: 1}}}}\n"
        ),
        http,
    );
    let ask = b"GET /hints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(raw(http, ask).await).unwrap();
    let parts: Vec<_> = answer.split("\r\n\r\n").collect();
    assert_eq!(
        parts[0],
        "HTTP/1.1 103 Early Hints\r\nlink: </shop.css>; rel=preload"
    );
    assert!(parts[1].starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        parts[1].contains("link: </shop.css>; rel=preload"),
        "{answer}"
    );
    assert!(parts[1].contains("x-streamed: yes"), "{answer}");
    assert!(parts[2].contains("first;") && parts[2].contains("last;"));
}

/// The samples list these in either order.
#[tokio::test]
async fn static_gzip_and_sendfile_in_any_order() {
    for list in [
        "[static, gzip]",
        "[gzip, static]",
        "[gzip, sendfile, static]",
        "[static, sendfile, gzip]",
        "[headers, static, gzip, sendfile]",
    ] {
        let http = free_port();
        let (_project, _server) = serve(
            &format!(
                "version: '3'\nserver: {{command: php public/index.php}}\n\
                 http: {{address: '{http}', middleware: {list}, pool: {{num_workers: 1}},\n\
                 \x20 headers: {{response: {{X-Powered-By: shop}}}}, static: {{dir: public}}}}\n"
            ),
            http,
        );
        let accept = "Accept-Encoding: gzip\r\n";
        let css = request(http, "GET", "/shop.css", "", b"").await;
        assert_eq!(css.body.len(), 3800, "{list}");
        assert_eq!(
            css.header("content-type"),
            ["text/css; charset=utf-8"],
            "{list}"
        );
        let page = request(http, "GET", "/long", accept, b"").await;
        assert_eq!(page.header("content-encoding"), ["gzip"], "{list}");
        if list.contains("sendfile") {
            let file = get(http, "/file?path=public/shop.css").await;
            assert_eq!(file.body, css.body, "{list}");
            assert!(file.header("x-sendfile").is_empty(), "{list}");
            let file = request(http, "GET", "/file?path=public/shop.css", accept, b"").await;
            // What passes through `gzip` is compressed: files, where it is in front.
            let is_compressed = file.header("content-encoding") == ["gzip"];
            assert_eq!(
                is_compressed,
                list.find("gzip") < list.find("sendfile"),
                "{list}"
            );
        }
    }
}

/// All that `make-config` may write, keys included that no service of RoadRunner knows: warnings.
#[tokio::test]
async fn a_generated_configuration_starts() {
    let ports = [(); 5].map(|()| free_port());
    let [http, rpc, metrics, status, grpc] = ports;
    let config = format!(
        "version: '3'\n\
         rpc: {{listen: 'tcp://{rpc}'}}\n\
         server: {{command: php public/index.php, relay: pipes}}\n\
         http:\n  address: {http}\n  middleware: [gzip, static]\n\
         \x20 static: {{dir: public, forbid: ['.php', '.htaccess']}}\n\
         \x20 pool: {{num_workers: 1, supervisor: {{max_worker_memory: 100}}}}\n\
         logs: {{mode: development, level: debug, encoding: console, output: stderr, err_output: stderr}}\n\
         status: {{address: '{status}'}}\n\
         metrics: {{address: '{metrics}'}}\n\
         jobs:\n  num_pollers: 16\n  pool: {{num_workers: 10, max_worker_memory: 100}}\n\
         \x20 consume: []\n  pipelines: {{mem: {{driver: memory, config: {{priority: 10}}}}}}\n\
         amqp: {{addr: 'amqp://guest:guest@127.0.0.1:5672'}}\n\
         beanstalk: {{addr: 'tcp://127.0.0.1:11300'}}\n\
         boltdb: {{permissions: 0777}}\n\
         nats: {{addr: demo.nats.io}}\n\
         sqs: {{key: api-key, secret: api-secret, region: us-west-1}}\n\
         redis: {{addrs: ['127.0.0.1:6379']}}\n\
         kv: {{local: {{driver: memory, config: {{interval: 60}}}}}}\n\
         grpc: {{listen: 'tcp://{grpc}', proto: ['first.proto']}}\n\
         tcp: {{servers: {{one: {{addr: 'tcp://127.0.0.1:7777'}}}}}}\n\
         service: {{date: {{command: php -r 'sleep(60);', process_num: 1, exec_timeout: 0s, remain_after_exit: true, restart_sec: 30}}}}\n\
         temporal: {{address: '127.0.0.1:7233', activities: {{num_workers: 10}}}}\n\
         fileserver: {{address: '127.0.0.1:10101', serve: [{{prefix: /foo, root: .}}]}}\n\
         otel: {{exporter: otlp, endpoint: '127.0.0.1:4318'}}\n\
         endure: {{grace_period: 30s, print_graph: false, log_level: error}}\n\
         broadcast: {{default: {{driver: memory, config: {{}}}}}}\n\
         websockets: {{broker: default, allowed_origin: '*', path: /ws}}\n\
         reload: {{interval: 1s, patterns: ['.php'], services: {{http: {{recursive: true, ignore: [vendor], patterns: ['.php', '.go'], dirs: ['.']}}}}}}\n"
    );
    let (project, _server) = serve(&config, http);
    assert_eq!(get(http, "/cart").await.text(), "page /cart");
    let told = project.read("stderr");
    for section in ["jobs", "kv", "broadcast", "websockets", "temporal"] {
        let warning = format!("`{section}`: this server has no service for this section");
        assert!(told.contains(&warning), "{section}: {told}");
    }
}
