//! What is accepted, and as what.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::{Http, Logs, Mode, Pool, SECTIONS, Server, Static, check};
use crate::config::{Config, Diagnostics};

/// Reads one section of a text that has no mistakes.
#[track_caller]
fn read<T: DeserializeOwned>(path: &str, yaml: &str) -> T {
    let config = Config::from_text(".rr.yaml", yaml).expect("well-formed YAML");
    let mut found = Diagnostics::default();
    let section = config.section(path, &SECTIONS, &mut found);
    assert!(found.is_empty(), "{found}");
    section.expect("the section is there")
}

#[test]
fn values_are_converted_as_freely_as_today() {
    let http: Http = read(
        "http",
        r#"
http:
  address: :8080
  max_request_size: "5"
  access_logs: 1
  raw_body: "true"
  internal_error_code: 0x1F4
  middleware: "static, gzip,"
  http2.h2c: true
  HTTP2:
    max_concurrent_streams: "128"
  Pool:
    NUM_WORKERS: "4"
    max_jobs: ""
    allocate_timeout: 1h3m
    supervisor:
"#,
    );
    assert_eq!(http.address, ":8080".parse().ok());
    assert_eq!(http.max_request_size.get(), 5);
    assert!(http.access_logs && http.raw_body && http.http2.h2c);
    assert_eq!(http.internal_error_code, 500);
    assert_eq!(http.middleware, ["static", "gzip"]);
    assert_eq!(http.http2.max_concurrent_streams, 128);
    assert_eq!((http.pool.num_workers, http.pool.max_jobs), (4, 0));
    assert_eq!(http.pool.allocate_timeout.to_string(), "1h3m");
    assert_eq!(http.pool.supervisor, None);
}

#[test]
fn an_environment_is_a_map_or_a_list_of_maps() {
    let expected = BTreeMap::from([
        ("app_debug".to_owned(), "1".to_owned()),
        ("app_env".to_owned(), "prod".to_owned()),
        ("nothing".to_owned(), String::new()),
        ("port".to_owned(), "0755".to_owned()),
        ("version".to_owned(), "1.10".to_owned()),
        ("with.dot".to_owned(), "x".to_owned()),
    ]);
    for env in [
        "{APP_ENV: prod, APP_DEBUG: true, PORT: 0755, VERSION: 1.10, NOTHING: , with.dot: x}",
        "[APP_ENV: prod, APP_DEBUG: true, PORT: 0755, {VERSION: 1.10, NOTHING: , with.dot: x}]",
    ] {
        let server: Server = read("server", &format!("server: {{command: php, env: {env}}}"));
        assert_eq!(server.env, expected);
    }
    let server: Server = read("server", "server: {command: php, env: []}");
    assert_eq!(server.env, BTreeMap::new());
}

#[test]
fn a_command_is_text_or_a_list() {
    for (command, program, args) in [
        ("php worker.php", "php", &["worker.php"][..]),
        ("'php,my worker.php'", "php", &["my worker.php"]),
        ("[php, '-d x=1', 8080]", "php", &["-d x=1", "8080"]),
        ("[php worker.php]", "php", &["worker.php"]),
        ("php", "php", &[]),
    ] {
        let server: Server = read("server", &format!("server: {{command: {command}}}"));
        assert_eq!(
            (server.command.program(), server.command.args()),
            (
                program,
                &args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>()[..]
            )
        );
    }
}

#[test]
fn one_value_is_a_list_of_one_and_words_have_no_case() {
    let logs: Logs = read("logs", "logs: {output: stdout, mode: PRODUCTION}");
    assert_eq!(
        (logs.output, logs.mode),
        (vec!["stdout".to_owned()], Mode::Production)
    );
    let section: Static = read("http.static", "HTTP.Static: {dir: public, forbid: }");
    assert_eq!((section.dir.as_str(), section.forbid.len()), ("public", 0));
}

#[test]
fn anchors_and_merges_are_followed() {
    let yaml = "
x-pool: &pool {num_workers: 2, max_jobs: 10}
http:
  pool:
    <<: *pool
    max_jobs: 5
";
    let http: Http = read("http", yaml);
    assert_eq!(
        http.pool,
        Pool {
            num_workers: 2,
            max_jobs: 5,
            ..Pool::default()
        }
    );
    check(yaml, "");
}

#[test]
fn json_is_read_too() {
    let http: Http = read(
        "http",
        "{\n\t\"http\": {\n\t\t\"pool\": {\"num_workers\": 3}\n\t}\n}\n",
    );
    assert_eq!(http.pool.num_workers, 3);
}
