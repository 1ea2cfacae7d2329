//! The commands of the stock server in processes of their own: configurations checked, migrated
//! and started from, a server started and stopped, its workers on a real terminal.
#![cfg(unix)]

use std::{fs, io::Write as _, net::TcpStream, process::Command};

use insta::assert_snapshot;

use crate::{
    client::get,
    project::{Project, until},
    server::{APP, free_port},
};

#[test]
fn a_starter_can_be_checked_shown_and_explained() {
    let project = Project::new();
    assert_eq!(project.rr(&["init"]).code, 0);
    let text = project.read(".rr.yaml");
    for part in [
        "# yaml-language-server: $schema=rr.schema.json\nversion: \"3\"\n",
        "\nrpc:\n  listen: 127.0.0.1:6001",
        "\nserver:\n  command: php worker.php",
        "\nhttp:\n  address: 127.0.0.1:8080",
        "\n  # pool:\n    # num_workers: 0 ",
        "\n# logs:\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    let schema: serde_json::Value = serde_json::from_str(&project.read("rr.schema.json")).unwrap();
    assert_eq!(schema["title"], ".rr.yaml");
    let check = project.rr(&["config", "check", "--strict"]);
    assert_eq!(
        check.to_string(),
        "exit: 0\nstdout:\n.rr.yaml: no mistakes\n"
    );
    // The line depends on the services there are.
    let shown = project
        .rr(&["config", "show", "server.command"])
        .to_string();
    let line = "exit: 0\nstdout:\nserver:\n  command: php worker.php  # .rr.yaml:";
    assert!(shown.starts_with(line), "{shown}");
    assert_snapshot!(project.rr(&["config", "explain", "http.pool.num_workers"]), @"
    exit: 0
    stdout:
    http.pool.num_workers

      How many workers; 0 is one for each CPU.

      type     whole number, 0 to 2048
      default  0
    ");
    assert_eq!(project.rr(&["init"]).code, 1, "nothing is overwritten");
    assert_eq!(project.read(".rr.yaml"), text);
}

/// Every setting of the stock server says what it is.
#[test]
fn everything_is_explained() {
    let all = Project::new().rr(&["config", "explain", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    let mut silent = Vec::new();
    gather_silent(&all, &mut silent);
    assert_eq!(silent, [""; 0]);
}

fn gather_silent(setting: &serde_json::Value, silent: &mut Vec<String>) {
    if setting["about"] == "" {
        silent.push(setting["path"].to_string());
    }
    for key in setting["keys"].as_array().unwrap() {
        gather_silent(key, silent);
    }
}

#[test]
fn settings_that_cannot_work_together() {
    let project = Project::with(
        "version: '3'\n\
         server:\n  command: php worker.php\n  relay: tcp://127.0.0.1:6001\n\
         rpc: {}\n\
         centrifuge: {}\n",
    );
    assert_snapshot!(project.rr(&["config", "check"]), @"
    exit: 3
    stderr:
    error: `centrifuge`: this server has no service for this section, it has no effect
     --> .rr.yaml:6:1
      |
    6 | centrifuge: {}
      | ^^^^^^^^^^
      = help: RoadRunner has a service `centrifuge`, rr has none yet: remove it here, or add a service of your own that reads it

    error: `server.relay`: `127.0.0.1:6001` is taken: `rpc.listen` listens on `127.0.0.1:6001`
     --> .rr.yaml:4:10
      |
    4 |   relay: tcp://127.0.0.1:6001
      |          ^^^^^^^^^^^^^^^^^^^^
      = help: `rpc.listen` is set by default: give one of the two another port

    .rr.yaml: 2 errors
    ");
    let project = Project::with("version: '3'\nhttp: {address: ':0'}\n");
    assert_snapshot!(project.rr(&["config", "check"]), @"
    exit: 3
    stderr:
    error: `http`: `http` needs `server`, which is off
     --> .rr.yaml:2:1
      |
    2 | http: {address: ':0'}
      | ^^^^
      = help: give `server` a section `server:` in .rr.yaml

    .rr.yaml: 1 error
    ");
    // The server says so, too, before anything is started.
    let project = Project::with(
        "version: '3'\nserver: {command: php w.php, relay: 'tcp://127.0.0.1:6001'}\nrpc: {}\n",
    );
    let serve = project.rr(&["serve"]);
    assert_eq!(serve.code, 3, "{serve}");
    assert!(serve.err.contains("is taken"), "{serve}");
}

/// A check must not do what a start does: files of logs are not made, for one.
#[test]
fn a_check_leaves_no_trace() {
    let project = Project::with(
        "version: '3'\nlogs: {output: made.log}\nserver: {command: php w.php, relay: 'unix://made.sock'}\n\
         rpc: {listen: 'unix://rpc.sock'}\nhttp: {address: 'unix://http.sock'}\n",
    );
    let check = project.rr(&["config", "check"]);
    assert_eq!(check.code, 0, "{check}");
    let there = fs::read_dir(project.path()).unwrap();
    let there: Vec<_> = there.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(there, [".rr.yaml"]);
}

/// The example of RoadRunner 1.9, as far as there are services for it.
#[tokio::test]
async fn a_file_of_roadrunner_1_is_migrated_and_served() {
    const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/legacy.php");
    let http = free_port();
    let project = Project::with(&format!(
        "# The shop.\nenv:\n  key: value # for workers\n\
         http:\n  address: {http}\n  maxRequestSize: 200\n  uploads:\n    forbid: [\".php\"]\n\
         \x20 workers:\n    command: \"php {LEGACY}\"\n    relay: \"pipes\"\n\
         \x20   pool:\n      numWorkers: 1\n      maxJobs: 0\n      allocateTimeout: 60\n      destroyTimeout: 5\n\
         headers:\n  response:\n    X-Powered-By: \"shop\"\n\
         limit:\n  interval: 1\n  services:\n    http:\n      maxMemory: 100\n      TTL: 0\n"
    ));
    let refused = project.rr(&["serve"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(
        refused
            .err
            .contains("`rr config migrate .rr.yaml` writes it"),
        "{refused}"
    );
    let migrated = project.rr(&["config", "migrate", ".rr.yaml", "--write"]);
    assert_eq!(migrated.code, 0, "{migrated}");
    let new = project.read(".rr.yaml").replace(&http.to_string(), "HTTP");
    assert_snapshot!("migrated-and-served", new.replace(LEGACY, "WORKER"));

    let _server = project.serve(&[], http);
    let reply = get(http, "/request").await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.header("x-powered-by"), ["shop"]);
}

#[tokio::test]
async fn variables_of_a_file_reach_the_workers_and_stop_ends_the_server() {
    let (http, rpc) = (free_port(), free_port());
    let project = Project::with(&format!(
        "version: '3'\nserver: {{command: [php, {APP}]}}\nrpc: {{listen: 'tcp://{rpc}'}}\n\
         http: {{address: '$WHERE', pool: {{num_workers: 1, destroy_timeout: 5s}}}}\n"
    ));
    project.write(".env", &format!("WHERE={http}\nAPP_COLOUR='dark red'\n"));
    let mut server = project.serve(&["--dotenv", ".env", "-p"], http);
    let env = get(http, "/env").await;
    assert_eq!(env.json()["APP_COLOUR"], "dark red");
    // It has begun again, and is the same process still.
    assert_eq!(project.read(".pid"), server.id().to_string());

    let stop = project.rr(&["stop"]);
    assert_eq!(stop.code, 0, "{stop}");
    // All that is left of it is the way out.
    assert_eq!(server.ended().code(), Some(0));
    assert!(!project.path().join(".pid").exists());
    let again = project.rr(&["stop"]);
    assert_eq!(again.code, 1, "{again}");
}

#[test]
fn a_server_that_hangs_is_cut_off_by_force() {
    let (http, rpc) = (free_port(), free_port());
    let project = Project::with(&format!(
        "version: '3'\nserver: {{command: [php, {APP}]}}\nrpc: {{listen: 'tcp://{rpc}'}}\n\
         http: {{address: '{http}', pool: {{num_workers: 1, destroy_timeout: 60s}}}}\n"
    ));
    let mut server = project.serve(&["-p"], http);
    // A request that takes its time.
    let mut client = TcpStream::connect(http).unwrap();
    client
        .write_all(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let file = project.path().join(".rr.yaml");
    let file = file.to_str().unwrap();
    until("a worker is busy", || {
        let told = project.rr(&["workers", "--format", "json", "-c", file]);
        told.out.contains("\"working\"")
    });
    let stop = project.rr(&["stop", "--force", "-s"]);
    assert_eq!(stop.to_string(), "exit: 0\n");
    let ended = server.ended();
    assert_eq!(ended.code(), Some(6), "{ended}");
}

/// What the screen shows, in a terminal that is one.
#[test]
fn workers_on_a_terminal() {
    let (http, rpc) = (free_port(), free_port());
    let project = Project::with(&format!(
        "version: '3'\nserver: {{command: [php, {APP}]}}\nrpc: {{listen: 'tcp://{rpc}'}}\n\
         http: {{address: '{http}', pool: {{num_workers: 2, destroy_timeout: 5s}}}}\n"
    ));
    let _server = project.serve(&["-p"], http);
    let socket = project.path().join("tmux");
    let tmux = |arguments: &[&str]| {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&socket)
            .args(arguments)
            .current_dir(project.path())
            .output()
            .expect("`apt-get install tmux`");
        String::from_utf8(output.stdout).unwrap()
    };
    let command = format!("{} workers -i", env!("CARGO_BIN_EXE_rr"));
    tmux(&[
        "new-session",
        "-d",
        "-x",
        "90",
        "-y",
        "24",
        "-s",
        "rr",
        &command,
    ]);
    let screen = || tmux(&["capture-pane", "-p", "-t", "rr"]);
    let rows = || screen().matches("│ ready").count();
    let pids = || -> Vec<String> {
        let screen = screen();
        let rows = screen.lines().filter(|it| it.contains("│ ready"));
        rows.map(|it| it.split_whitespace().nth(1).unwrap().to_owned())
            .collect()
    };
    until("the table is there", || rows() == 2);
    assert!(screen().contains("[http] r reset · a add · d remove · q quit"));
    let mut client = TcpStream::connect(http).unwrap();
    client
        .write_all(b"GET /slow?ms=5000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    until("what a worker is at is told", || {
        let screen = screen();
        screen.contains("working") && screen.contains("s: GET /slow?ms=5000")
    });
    until("it is done", || rows() == 2 && !screen().contains("/slow"));
    tmux(&["send-keys", "-t", "rr", "a"]);
    until("a worker is added", || rows() == 3);
    assert!(screen().contains("[http] one worker more"));
    tmux(&["send-keys", "-t", "rr", "d"]);
    until("a worker is removed", || rows() == 2);
    let before = pids();
    tmux(&["send-keys", "-t", "rr", "r"]);
    until("the workers are new", || {
        let now = pids();
        now.len() == 2 && now.iter().all(|it| !before.contains(it))
    });
    tmux(&["send-keys", "-t", "rr", "q"]);
    until("it has quit", || tmux(&["list-sessions"]).is_empty());
}

/// As with RoadRunner 1: no pid file, all told by JSON.
#[test]
fn a_server_without_a_pid_file_stops_in_good_order() {
    let (http, rpc) = (free_port(), free_port());
    let project = Project::new();
    let json = format!(
        r#"{{"version": "3", "rpc": {{"listen": "tcp://{rpc}"}}, "server": {{"command": ["php", "{APP}"]}},
            "http": {{"address": "{http}", "pool": {{"num_workers": 1}}}}}}"#
    );
    project.write(".rr.yaml", "");
    let mut server = project.serve(&["-j", &json], http);
    let stop = project.rr(&["stop", "-j", &json]);
    let told = format!("exit: 0\nstderr:\nstopping the server at tcp://{rpc}\nstopped\n");
    assert_eq!(stop.to_string(), told);
    assert_eq!(server.ended().code(), Some(0));
}
