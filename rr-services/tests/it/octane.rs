//! What Laravel Octane passes to the program, and reads of it: a start from an empty file, lines of
//! log, reload and stop.
#![cfg(unix)]

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    thread,
};

use serde_json::Value;

use crate::{
    client::{get, request},
    project::{Project, Server, is_alive, until},
    server::free_port,
};

const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/octane.php");

/// Lines that Octane drops when they begin so; any other line that is no JSON is shown to the user.
const IGNORED: [&str; 3] = [
    "[INFO] RoadRunner server started; version:",
    "[INFO] sdnotify: not notified",
    "stop signal received, grace timeout is: ",
];

/// An application served as Octane serves it, in a folder with a space in its name.
struct Octane {
    project: Project,
    server: Server,
    http: SocketAddr,
    rpc: SocketAddr,
}

impl Octane {
    fn start(level: &str) -> Self {
        let (http, rpc) = (free_port(), free_port());
        let project = Project::called("my shop");
        let path = project.path().to_str().unwrap();
        // Octane touches the file.
        project.write(".rr.yaml", "");
        let script = format!("#!/usr/bin/env php\n<?php require '{WORKER}';\n");
        project.write("vendor/bin/roadrunner-worker", &script);
        project.write("public/shop.css", "body { margin: 0 }");
        project.write("public/index.php", "<?php // not for everybody");

        let file = format!("{path}/.rr.yaml");
        let settings = [
            "version=3".to_owned(),
            format!("http.address={http}"),
            format!("server.command=php,{path}/vendor/bin/roadrunner-worker"),
            "http.pool.num_workers=0".to_owned(),
            "http.pool.max_jobs=500".to_owned(),
            format!("rpc.listen=tcp://{rpc}"),
            "http.pool.supervisor.exec_ttl=30s".to_owned(),
            format!("http.static.dir={path}/public"),
            "http.middleware=static".to_owned(),
            "logs.mode=production".to_owned(),
            format!("logs.level={level}"),
            "logs.output=stdout".to_owned(),
            "logs.encoding=json".to_owned(),
        ];
        let mut line = vec!["-c", &file];
        line.extend(settings.iter().flat_map(|it| ["-o", it]));
        line.push("serve");
        let mut command = project.command(&line);
        command
            .env("APP_ENV", "local")
            .env("APP_BASE_PATH", path)
            .env("LARAVEL_OCTANE", "1");
        let server = project.start(&mut command, http);
        Self {
            project,
            server,
            http,
            rpc,
        }
    }

    /// What is printed, once it holds `part`.
    fn printed(&self, part: &str) -> String {
        until(part, || self.project.read("stdout").contains(part));
        self.project.read("stdout")
    }

    fn workers(&self) -> Vec<u32> {
        let listen = format!("rpc.listen=tcp://{}", self.rpc);
        let told = self
            .project
            .rr(&["workers", "--format", "json", "-o", &listen]);
        let told: Value = serde_json::from_str(&told.out).unwrap();
        let workers = told[0]["workers"].as_array().unwrap();
        let pids = workers.iter().map(|it| it["pid"].as_u64().unwrap());
        pids.map(|it| u32::try_from(it).unwrap()).collect()
    }
}

/// Every line as Octane takes it: a record, or one that it drops.
fn records(printed: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for line in printed.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(record) => {
                for key in ["msg", "logger", "level"] {
                    assert!(record[key].is_string(), "no `{key}`: {line}");
                }
                records.push(record);
            }
            Err(_) => assert!(IGNORED.iter().any(|it| line.starts_with(it)), "{line}"),
        }
    }
    records
}

/// Events of the application: what its workers have printed on stderr.
fn events(printed: &str) -> Vec<Value> {
    let records = records(printed).into_iter();
    let of_workers = records.filter(|it| it["logger"] == "server" && it["level"] == "info");
    of_workers
        .filter_map(|it| serde_json::from_str(it["msg"].as_str().unwrap()).ok())
        .filter(|it: &Value| it.is_object())
        .collect()
}

/// Octane asks before anything else, in a folder without a file, and compares the third word.
#[test]
fn the_version_is_told_without_a_file() {
    let project = Project::new();
    let version = project.rr(&["--version"]);
    assert_eq!((version.code, &*version.err), (0, ""), "{version}");
    let words: Vec<_> = version.out.split(' ').collect();
    assert_eq!(words[..2], ["rr", "version"]);
    let parts = words[2].split('.').map(|it| it.parse::<u32>().unwrap());
    assert!(parts.collect::<Vec<_>>() >= vec![2023, 3, 0], "{version}");
}

#[tokio::test]
async fn an_empty_file_and_overrides_serve_an_application() {
    let octane = Octane::start("debug");
    let page = get(octane.http, "/cart?id=7").await;
    assert_eq!(page.text(), "page http://shop.test/cart?id=7");
    // `server.command` is two words, however many spaces its path has.
    let script = octane.project.path().join("vendor/bin/roadrunner-worker");
    let told = get(octane.http, "/arguments").await.json();
    assert_eq!(told["arguments"], serde_json::json!([script]));
    // `http.middleware=static` is a list of one, and `http.static.dir` a section.
    let css = get(octane.http, "/shop.css").await;
    assert_eq!(css.text(), "body { margin: 0 }");
    assert!(
        get(octane.http, "/index.php")
            .await
            .text()
            .starts_with("page")
    );

    let env = get(octane.http, "/env").await.json();
    let path = octane.project.path().to_str().unwrap();
    let rpc = format!("tcp://{}", octane.rpc);
    for (name, value) in [
        ("APP_ENV", "local"),
        ("APP_BASE_PATH", path),
        ("LARAVEL_OCTANE", "1"),
        ("RR_MODE", "http"),
        ("RR_RELAY", "pipes"),
        ("RR_RPC", &rpc),
        ("RR_VERSION", "2025.1.15"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    let cores = thread::available_parallelism().unwrap().get();
    assert_eq!(octane.workers().len(), cores, "`num_workers=0`");
}

#[tokio::test]
async fn requests_are_records_that_octane_shows() {
    let octane = Octane::start("debug");
    request(octane.http, "POST", "/cart?id=7", "", b"a").await;
    let printed = octane.printed("http log");
    let shown = records(&printed);
    let shown = shown.iter().find(|it| it["msg"] == "http log").unwrap();
    assert_eq!(shown["level"], "info");
    assert_eq!(shown["logger"], "http");
    assert_eq!(shown["status"], 200);
    assert_eq!(shown["method"], "POST");
    assert_eq!(shown["URI"], "/cart?id=7");
    assert!(
        shown["remote_address"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );
    assert!(shown["elapsed"].is_u64(), "milliseconds: {shown}");
    assert!(shown["ts"].is_i64(), "{shown}");
    assert_eq!(
        octane.project.read("stderr"),
        "",
        "each line is shown as an error"
    );
}

/// Exceptions and shutdowns are lines of JSON on a worker's stderr, which come whole, and once.
#[tokio::test]
async fn events_of_the_application_arrive_whole() {
    let octane = Octane::start("debug");
    get(octane.http, "/throws").await;
    get(octane.http, "/shuts-down").await;
    let events = events(&octane.printed("shutdown"));
    let types: Vec<_> = events
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["throwable", "shutdown"]);
    assert_eq!(events[0]["message"], "two\nlines\tand \\ \u{e9}");
    assert_eq!(events[0]["trace"].as_array().unwrap().len(), 2000);
}

/// Any byte on stderr is an exception of Octane's.
#[tokio::test]
async fn a_reload_is_silent_and_replaces_the_workers() {
    let octane = Octane::start("warn");
    let before = octane.workers();
    let listen = format!("rpc.listen=tcp://{}", octane.rpc);
    // As older versions call it, and as newer ones do.
    for line in [
        &["reset", "-o", &listen, "-s"][..],
        &["reset", "-o", "version=3", "-o", &listen, "-s"],
        &["-o", &listen, "-s", "reset"],
    ] {
        assert_eq!(octane.project.rr(line).to_string(), "exit: 0\n", "{line:?}");
    }
    let after = octane.workers();
    assert_eq!(after.len(), before.len());
    assert!(after.iter().all(|pid| !before.contains(pid)));
}

/// `octane:stop` signals the process that was started.
#[tokio::test]
async fn a_stop_ends_the_server_and_its_workers() {
    let mut octane = Octane::start("debug");
    let told = get(octane.http, "/arguments").await.json();
    let worker = u32::try_from(told["pid"].as_u64().unwrap()).unwrap();
    assert!(is_alive(octane.server.id()) && is_alive(worker));
    octane.server.signal("TERM");
    assert_eq!(octane.server.ended().code(), Some(0));
    assert!(!is_alive(worker));
    records(&octane.printed("stop signal received"));
}

/// Ctrl-C reaches the server from the terminal, and Octane's handler sends a signal as well.
#[tokio::test]
async fn two_signals_end_the_server_and_leave_no_worker() {
    let mut octane = Octane::start("debug");
    let workers = octane.workers();
    let mut client = TcpStream::connect(octane.http).unwrap();
    let ask = b"GET /busy HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(ask).unwrap();
    let listen = format!("rpc.listen=tcp://{}", octane.rpc);
    until("a worker is busy", || {
        let told = octane.project.rr(&["workers", "-o", &listen]);
        told.out.contains("working")
    });
    octane.server.signal("INT");
    octane.printed("stop signal received");
    octane.server.signal("TERM");
    let code = octane.server.ended().code();
    assert_eq!(code, Some(6), "cut off, as asked");
    octane.printed("exit forced");
    until("no worker is left", || {
        !workers.iter().any(|it| is_alive(*it))
    });
}
