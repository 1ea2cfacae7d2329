//! The JSON Schema accepts what the reader accepts, and flags what it warns of.

use serde_json::{Value, json};

use super::{Grpc, Http, Logs, Server, Static};
use crate::config::schema::{Section, document};

fn schema() -> Value {
    document([
        Section::of::<Static>("http.static"),
        Section::of::<Http>("http"),
        Section::of::<Server>("server"),
        Section::of::<Logs>("logs"),
        Section::of::<Grpc>("grpc"),
        Section::of::<()>("informer"),
        Section::of::<Static>("lonely.static"),
    ])
}

/// Where the schema finds fault with a file.
#[track_caller]
fn check(yaml: &str, expected: &[&str]) {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    // As an editor sees it: variables are text.
    let file: Value = serde_yaml::from_str(yaml).expect("YAML");
    let mut faults: Vec<String> = validator
        .iter_errors(&file)
        .map(|error| error.instance_path().to_string())
        .collect();
    faults.sort();
    assert_eq!(faults, expected, "{yaml}");
}

#[test]
fn the_schema_is_of_the_draft_that_editors_know() {
    let schema = schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(
        schema["properties"]["http"]["properties"]["static"]["required"],
        json!(["dir"])
    );
    assert_eq!(
        schema["properties"]["http"]["properties"]["pool"]["allOf"][0]["$ref"],
        "#/definitions/Pool"
    );
}

#[test]
fn everyday_files_are_valid() {
    check(
        "
version: '3'
endure: {grace_period: 30s}
include: [more.yaml]
x-pool: {anything: [1, 2]}
server:
  command: php worker.php
  env: [APP_ENV: prod, PORT: 80]
http:
  address: 127.0.0.1:8080
  middleware: [static, gzip]
  max_request_size: 5
  pool: {num_workers: 4, allocate_timeout: 1h3m, supervisor: {exec_ttl: 0}}
  static: {dir: public, forbid: [.php]}
logs: {mode: Production, output: [stderr]}
grpc: {listen: 'tcp://127.0.0.1:9001', proto: a.proto, tls: {key: k, cert: c}, mode: none, ping_time: 2h}
informer: {}
",
        &[],
    );
}

#[test]
fn what_the_reader_converts_is_valid() {
    check(
        "
version: 3
server: {command: [php, worker.php], env: , user: 1000}
http:
  address: '${ADDRESS:-:8080}'
  middleware: static,gzip
  max_request_size: '${SIZE}'
  access_logs: '${DEBUG}'
  raw_body: 1
  http2:
  pool: {num_workers: '4', max_jobs: '', allocate_timeout: '${T:-1s}', supervisor: }
logs: {mode: '${MODE}', output: stdout}
grpc: {listen: $L, proto: [], tls: {key: k, cert: c}, mode: none, ping_time: 0}
informer:
",
        &[],
    );
}

#[test]
fn mistakes_are_flagged_where_they_are() {
    check(
        "
version: '2'
metrics: {}
endure: {grace: 1s}
server: {command: ''}
http:
  adress: :80
  address: 8080
  access_logs: 'yes'
  internal_error_code: 70000
  http2: {h2c: 2}
  pool: {num_workers: -1, max_jobs: many, allocate_timeout: 60}
  static: {}
logs: {mode: prod}
informer: {a: 1}
lonely: {x: 1}
",
        &[
            "",
            "/endure",
            "/http",
            "/http/access_logs",
            "/http/address",
            "/http/http2/h2c",
            "/http/internal_error_code",
            "/http/pool/allocate_timeout",
            "/http/pool/max_jobs",
            "/http/pool/num_workers",
            "/http/static",
            "/informer",
            "/logs/mode",
            "/lonely",
            "/server/command",
            "/version",
        ],
    );
    check("http: {}", &[""]);
}

/// Every schema within, outer ones first.
fn each<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(object) => {
            found.push(schema);
            object.values().for_each(|it| each(it, found));
        }
        Value::Array(all) => all.iter().for_each(|it| each(it, found)),
        _ => {}
    }
}

#[test]
fn editors_are_told_what_they_show() {
    let schema = schema();
    let mode = schema.pointer("/properties/logs/properties/mode").unwrap();
    assert_eq!(
        mode["anyOf"][0],
        json!({
            "enum": ["none", "development", "production"],
            "enumDescriptions": ["", "For people.", "For machines."],
        })
    );
    assert_eq!(
        mode["markdownDescription"],
        "What the log is for.\n\nDefault: `development`"
    );
    // Where it is used, not behind a reference.
    assert!(
        !schema["definitions"]
            .as_object()
            .unwrap()
            .contains_key("Mode")
    );

    let old = schema
        .pointer("/properties/endure/properties/log_level")
        .unwrap();
    assert_eq!(old["deprecationMessage"], "No effect.");

    let mut all = Vec::new();
    each(&schema, &mut all);
    assert!(all.iter().all(|it| it.get("default") != Some(&Value::Null)));
}

/// What the stock server prints: descriptions of everything, and no choice without meanings.
#[test]
fn every_setting_of_the_stock_server_is_described() {
    let text = std::fs::read_to_string("../docs/rr.schema.json").unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    each(&schema, &mut all);
    let (mut settings, mut choices) = (0, 0);
    for properties in all.iter().filter_map(|it| it["properties"].as_object()) {
        for (key, setting) in properties.iter().filter(|(_, it)| it.is_object()) {
            let text = setting["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "`{key}` has no description");
            settings += 1;
        }
    }
    for choice in all.iter().filter(|it| it["enum"][0].is_string()) {
        let words = choice["enum"].as_array().unwrap().len();
        let meanings = choice["enumDescriptions"].as_array();
        let is_version = choice["enum"][0] == "3";
        assert!(
            is_version || meanings.is_some_and(|it| it.len() == words),
            "{choice}"
        );
        choices += 1;
    }
    assert!(settings > 150 && choices > 5, "{settings} {choices}");
}
