//! Sections of services that a server does not have: what is said of them, and that it is true.
#![cfg(unix)]

use std::{fs, path::Path};

use insta::assert_snapshot;
use rr_core::{
    Server,
    config::{Config, Diagnostics},
};
use rr_services::{Http, Logs, Server as PhpServer};

use crate::project::Project;

/// What a server with `logs`, `server` and `http` alone says of a configuration.
fn said_of(config: &str) -> String {
    let config = Config::from_text(".rr.yaml", config).unwrap();
    let builder = Server::builder()
        .service(Logs)
        .service(PhpServer)
        .service(Http::new());
    let built = builder.build(&config, Diagnostics::default(), true);
    built.err().expect("strictness refuses it").to_string()
}

/// The names that a manifest can have, as the crate of the services declares them.
fn stock() -> Vec<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap();
    let (_, rest) = text.split_once("[package.metadata.rr.services]\n").unwrap();
    let lines = rest.lines().take_while(|it| !it.trim().is_empty());
    lines
        .map(|it| it.split(' ').next().unwrap().to_owned())
        .collect()
}

/// Every section that the stock server reads, in a server without its service, is told with the line
/// for the manifest.
#[test]
fn a_stock_service_that_is_not_built_in_is_told_with_how_to_add_it() {
    let explained = Project::new().rr(&["config", "explain", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&explained.out).unwrap();
    let top = all["keys"].as_array().unwrap().iter();
    let mut names: Vec<String> = top
        .map(|it| it["path"].as_str().unwrap().to_owned())
        .filter(|it| !["version", "include", "envfile", "endure"].contains(&&**it))
        .collect();
    let middleware = stock();
    let middleware = middleware.iter().map(|it| format!("http.{it}"));
    names.extend(middleware.filter(|it| {
        let told = Project::new().rr(&["config", "explain", it]);
        told.code == 0
    }));
    names.push("http.trusted_subnets".to_owned());
    names.retain(|it| !["logs", "server", "http"].contains(&&**it));
    assert!(names.len() > 15, "{names:?}");

    for path in names {
        let (outer, name) = path.split_once('.').unwrap_or(("", &path));
        let config = match outer {
            "" => format!("{name}: {{}}\n"),
            outer => format!(
                "server: {{command: php w.php}}\n{outer}: {{address: ':0', {name}: {{}}}}\n"
            ),
        };
        let manifest_name = match name {
            "trusted_subnets" => "proxy_ip_parser",
            name => name,
        };
        let help = format!("add `{manifest_name} = true` below `[services]`");
        let said = said_of(&config);
        assert!(said.contains(&help), "{path}: {said}");
        assert!(stock().iter().any(|it| it == manifest_name), "{path}");
    }
}

/// Of what is not there yet nothing is advised that cannot be done.
#[test]
fn a_service_that_is_not_there_yet_is_told() {
    let project = Project::with(
        "version: '3'\n\
         jobs: {consume: []}\n\
         kv: {local: {driver: memory, config: {}}}\n\
         redis: {addrs: ['127.0.0.1:6379']}\n\
         websockets: {path: /ws}\n\
         server: {command: php w.php}\n\
         http:\n  address: 127.0.0.1:0\n  cache: {}\n  middleware: [gzp]\n",
    );
    assert_snapshot!(project.rr(&["config", "check"]));
    assert_snapshot!("explain-not-yet", project.rr(&["config", "explain", "kv"]));
}

/// A full configuration of RoadRunner: what is complained about is what rr has not, and nothing else.
#[test]
fn the_full_configuration_of_roadrunner_is_checked() {
    let project = Project::with(include_str!("../configs/roadrunner.yaml"));
    let check = project.rr(&["config", "check", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&check.out).unwrap();
    let found = found.as_array().unwrap().iter();
    let mut paths: Vec<_> = found
        .map(|it| {
            let path = it["path"].as_str().unwrap();
            format!("{}: {path}", it["severity"].as_str().unwrap())
        })
        .collect();
    paths.sort_unstable();
    assert_snapshot!("full-configuration", paths.join("\n"));
}
