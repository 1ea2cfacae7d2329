//! Programs of the `service` section: real processes, asked over RPC by PHP.
#![cfg(target_os = "linux")]

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use prost::Message as _;
use rr_core::rpc::{Client, Workers};
use rr_services::Supervisor;
use tempfile::TempDir;
use tokio::{
    process::Command,
    time::{sleep, timeout},
};

use crate::server::{APP, Running, config, free_port, run, services};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/service_rpc.php");

/// Ends when it is asked, and says so.
const POLITE: &str = "echo start $$ $COLOUR >> LOG\n\
    trap 'echo end $$ >> LOG; exit 0' INT\n\
    while :; do sleep 0.05; done\n";
/// Does not end by itself.
const STUBBORN: &str = "echo start $$ >> LOG\ntrap '' INT TERM\nwhile :; do sleep 0.05; done\n";
/// Ends at once.
const SHORT: &str = "echo start $$ >> LOG\nexit 3\n";

/// Takes its time to end when it is asked.
const PATIENT: &str = "trap 'sleep 0.5; echo end $$ >> LOG; exit 0' INT\n\
    echo start $$ >> LOG\n\
    while :; do sleep 0.05; done\n";
/// PHP that ends when it is asked and has started a patient one: a shell lets what it starts in the
/// background ignore SIGINT.
const WRAPPER: &str = "<?php proc_open(['sh', 'DIR/patient'], [], $pipes); sleep(60);";
/// The same with one that never ends.
const LEAVER: &str = "<?php proc_open(['sh', 'DIR/stubborn'], [], $pipes); sleep(60);";
/// Ends by itself and leaves something behind.
const CRASHER: &str =
    "<?php proc_open(['sh', 'DIR/patient'], [], $pipes); usleep(500000); posix_kill(getpid(), 9);";

/// A folder with scripts and what they log.
struct Site {
    dir: TempDir,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, script) in [
            ("polite", POLITE),
            ("stubborn", STUBBORN),
            ("short", SHORT),
            ("wrapper", WRAPPER),
            ("patient", PATIENT),
            ("leaver", LEAVER),
            ("crasher", CRASHER),
        ] {
            let log = dir.path().join(format!("{name}.log"));
            let folder = dir.path().display().to_string();
            let script = script.replace("LOG", &log.display().to_string());
            let script = script.replace("DIR", &folder);
            fs::write(dir.path().join(name), script).unwrap();
        }
        Self { dir }
    }

    fn script(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the processes of a script have logged that begins with `what`.
    fn said(&self, name: &str, what: &str) -> Vec<String> {
        let log = fs::read_to_string(self.script(&format!("{name}.log"))).unwrap_or_default();
        let lines = log.lines().filter_map(|it| it.strip_prefix(what));
        lines.map(|it| it.trim().to_owned()).collect()
    }

    async fn says(&self, name: &str, what: &str, times: usize) -> Vec<String> {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            let said = self.said(name, what);
            if said.len() >= times {
                return said;
            }
            assert!(
                Instant::now() < limit,
                "`{name}` never said `{what}` {times} times"
            );
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A server whose `service` section is `section`, indented by two.
async fn start(section: impl AsRef<str>) -> Result<Running, String> {
    let section = section.as_ref();
    let (http, rpc) = (free_port(), free_port());
    let text = format!(
        "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\nserver: {{command: [php, {APP}]}}\n\
         http: {{address: '{http}', pool: {{num_workers: 1, destroy_timeout: 5s}}}}\n{section}"
    );
    run(services().service(Supervisor), http, rpc, &text).await
}

fn is_alive(pid: &str) -> bool {
    // A zombie is dead: whoever adopted it may take its time.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Answers to several calls, in hex, or the texts of errors.
async fn call(rpc: SocketAddr, calls: &[(&str, Vec<u8>)]) -> Vec<String> {
    let mut command = Command::new("php");
    command.args([CLIENT, &format!("tcp://{rpc}")]);
    for (method, message) in calls {
        command.arg(method).arg(hex(message));
    }
    let output = timeout(
        Duration::from_secs(30),
        command.stdin(Stdio::null()).output(),
    );
    let output = output.await.expect("it is answered").unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let hex = hex.strip_prefix("ok ").unwrap_or(hex);
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// As `service.proto` numbers it; field 1 is all that most messages have.
#[derive(Clone, PartialEq, prost::Message)]
struct Create {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    command: String,
    #[prost(int64, tag = "3")]
    process_num: i64,
    #[prost(bool, tag = "5")]
    remain_after_exit: bool,
    #[prost(uint64, tag = "9")]
    timeout_stop_sec: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Statuses {
    #[prost(message, repeated, tag = "1")]
    status: Vec<Status>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(float, tag = "1")]
    cpu_percent: f32,
    #[prost(int32, tag = "2")]
    pid: i32,
    #[prost(uint64, tag = "3")]
    memory_usage: u64,
    #[prost(string, tag = "4")]
    command: String,
    #[prost(message, optional, tag = "5")]
    fault: Option<Fault>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Fault {
    #[prost(string, tag = "2")]
    message: String,
}

fn named(name: &str) -> Vec<u8> {
    let name = name.to_owned();
    Named { name }.encode_to_vec()
}

fn sh(script: &Path, processes: i64) -> Create {
    Create {
        name: "svc".to_owned(),
        command: format!("sh {}", script.display()),
        process_num: processes,
        ..Create::default()
    }
}

/// Statuses of the service `svc`, once they are as they should be: a process ends when it ends.
async fn statuses(rpc: SocketAddr, fit: impl Fn(&[Status]) -> bool) -> Vec<Status> {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = call(rpc, &[("service.Statuses", named("svc"))]).await;
        let Statuses { status } = Statuses::decode(&*bytes(&answer[0])).unwrap();
        if fit(&status) {
            return status;
        }
        assert!(Instant::now() < limit, "{status:?}");
    }
}

#[tokio::test]
async fn programs_run_beside_the_workers_and_end_with_the_server() {
    let site = Site::new();
    let server = start(format!(
        "service:\n  polite:\n    command: sh {}\n    process_num: 2\n    env: {{colour: green}}\n",
        site.script("polite").display(),
    ));
    let server = server.await.unwrap();
    let started = site.says("polite", "start", 2).await;
    let pids: Vec<_> = started
        .iter()
        .map(|it| it.strip_suffix(" green").unwrap())
        .collect();
    assert!(pids.iter().all(|it| is_alive(it)));

    let mut client = Client::connect(&format!("tcp://{}", server.rpc).parse().unwrap())
        .await
        .unwrap();
    let names: Vec<String> = client.call("informer.List", &true).await.unwrap();
    assert_eq!(names, ["http", "service"]);
    let told: Workers = client.call("informer.Workers", &"service").await.unwrap();
    let told = told.workers.unwrap();
    let mut told_pids: Vec<_> = told.iter().map(|it| it.pid.to_string()).collect();
    let mut expected = pids.clone();
    told_pids.sort();
    expected.sort_unstable();
    assert_eq!(told_pids, expected);
    assert!(
        told.iter()
            .all(|it| it.command.starts_with("sh /") && it.memory_usage > 0)
    );
    drop(client);

    server.stop().await;
    assert!(pids.iter().all(|it| !is_alive(it)));
    assert_eq!(site.said("polite", "end").len(), 2, "they were asked");
}

#[tokio::test]
async fn what_has_ended_is_started_again_where_the_rules_say_so() {
    let site = Site::new();
    let (short, polite) = (site.script("short"), site.script("polite"));
    let server = start(format!(
        "service:\n\
         \x20 again: {{command: sh {}, remain_after_exit: true, restart_sec: 1}}\n\
         \x20 timed: {{command: sh {}, remain_after_exit: true, restart_sec: 1, exec_timeout: 200ms}}\n",
        short.display(),
        polite.display(),
    ));
    let server = server.await.unwrap();
    let began = Instant::now();
    let starts = site.says("short", "start", 3).await;
    assert!(
        began.elapsed() > Duration::from_millis(1500),
        "there is a pause"
    );
    assert_ne!(starts[0], starts[1]);
    site.says("polite", "start", 2).await;
    site.says("polite", "end", 1).await;
    server.stop().await;

    let site = Site::new();
    let server = start(format!(
        "service:\n  once: {{command: sh {}, restart_sec: 1}}\n",
        site.script("short").display()
    ));
    let server = server.await.unwrap();
    site.says("short", "start", 1).await;
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(site.said("short", "start").len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_process_that_does_not_end_is_killed_in_the_end() {
    let site = Site::new();
    let server = start(format!(
        "service:\n  stubborn: {{command: sh {}, timeout_stop_sec: 1}}\n",
        site.script("stubborn").display()
    ));
    let server = server.await.unwrap();
    let pids = site.says("stubborn", "start", 1).await;
    // The shell has set its trap by now.
    sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    server.stop().await;
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "it was asked first"
    );
    assert!(!is_alive(&pids[0]));
}

#[tokio::test]
async fn what_a_process_has_started_ends_with_it() {
    let site = Site::new();
    let server = start(format!(
        "service:\n\
         \x20 wrapper: {{command: php {}}}\n\
         \x20 leaver: {{command: php {}, timeout_stop_sec: 1}}\n",
        site.script("wrapper").display(),
        site.script("leaver").display(),
    ));
    let server = server.await.unwrap();
    let patient = site.says("patient", "start", 1).await;
    let stubborn = site.says("stubborn", "start", 1).await;
    sleep(Duration::from_millis(200)).await;
    server.stop().await;
    assert_eq!(site.said("patient", "end"), patient, "it had its time");
    let limit = Instant::now() + Duration::from_secs(5);
    while is_alive(&stubborn[0]) {
        assert!(Instant::now() < limit, "it goes on");
        sleep(Duration::from_millis(20)).await;
    }

    let site = Site::new();
    let server = start(format!(
        "service:\n  crasher: {{command: php {}, remain_after_exit: true, restart_sec: 1}}\n",
        site.script("crasher").display(),
    ));
    let server = server.await.unwrap();
    let started = site.says("patient", "start", 2).await;
    let ended = site.said("patient", "end");
    assert_eq!(ended[0], started[0], "before the next begins");
    server.stop().await;
}

#[tokio::test]
async fn programs_end_with_a_killed_server() {
    let site = Site::new();
    let (http, rpc) = (free_port(), free_port());
    let path = site.script(".rr.yaml");
    let section = format!(
        "service:\n  stubborn: {{command: sh {}, process_num: 2}}\n",
        site.script("stubborn").display()
    );
    let text = config(http, rpc, "  pool: {num_workers: 1}") + &section;
    fs::write(&path, text).unwrap();
    let mut server = crate::logging::rr(&path);
    let pids = site.says("stubborn", "start", 2).await;
    assert!(pids.iter().all(|it| is_alive(it)));
    server.kill().unwrap();
    server.wait().unwrap();
    let limit = Instant::now() + Duration::from_secs(10);
    while pids.iter().any(|it| is_alive(it)) {
        assert!(Instant::now() < limit, "they go on");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_run_stops_the_start() {
    for (section, expected) in [
        (
            "service:\n  a: {command: /no/such/program x}\n",
            "`service` cannot start: cannot start `/no/such/program x` of the service `a`: No such file or directory",
        ),
        (
            "service:\n  a: {command: sh, process_num: 5000}\n",
            "cannot set up `service`: the service `a` has `process_num: 5000`, at most 2048 are allowed",
        ),
        (
            "service:\n  a: {command: sh, user: nobody-at-all}\n",
            "cannot set up `service`: there is no user `nobody-at-all` on this system\nhelp: correct `service.a.user`",
        ),
    ] {
        let Err(error) = start(section).await else {
            panic!("it started: {section}");
        };
        assert!(
            error.contains(expected.split_once(": ").unwrap().1),
            "{error}"
        );
    }
}

#[tokio::test]
async fn programs_are_created_seen_restarted_and_terminated_over_rpc() {
    let site = Site::new();
    let server = start("").await.unwrap();
    let rpc = server.rpc;
    let create = sh(&site.script("polite"), 2).encode_to_vec();
    let answers = call(
        rpc,
        &[
            ("service.List", vec![]),
            ("service.Create", create.clone()),
            ("service.Create", create),
            ("service.List", vec![]),
        ],
    )
    .await;
    let expected = [
        "ok ",
        "ok 1001",
        "error the service with svc name already exists",
        "ok 0a03737663",
    ];
    assert_eq!(answers, expected);
    site.says("polite", "start", 2).await;
    let before = statuses(rpc, |it| it.iter().all(|it| it.pid > 0)).await;
    assert_eq!(before.len(), 2);
    assert!(
        before
            .iter()
            .all(|it| it.memory_usage > 0 && it.fault.is_none())
    );
    assert_eq!(
        before[0].command,
        format!("sh {}", site.script("polite").display())
    );
    let last = call(rpc, &[("service.Status", named("svc"))]).await;
    let last = Status::decode(&*bytes(&last[0])).unwrap();
    assert_eq!(last.pid, before[1].pid);

    assert_eq!(
        call(rpc, &[("service.Restart", named("svc"))]).await,
        ["ok 1001"]
    );
    let after = statuses(rpc, |it| it.iter().all(|it| it.pid > 0)).await;
    assert!(
        after
            .iter()
            .all(|it| before.iter().all(|old| old.pid != it.pid))
    );
    assert!(before.iter().all(|it| !is_alive(&it.pid.to_string())));

    let answers = call(
        rpc,
        &[
            ("service.Terminate", named("svc")),
            ("service.List", vec![]),
            ("service.Terminate", named("svc")),
            ("service.Restart", named("svc")),
            ("service.Statuses", named("svc")),
        ],
    )
    .await;
    let unknown = "error the service with svc name doesn't exist";
    assert_eq!(answers, ["ok 1001", "ok ", unknown, unknown, unknown]);
    assert!(after.iter().all(|it| !is_alive(&it.pid.to_string())));
    server.stop().await;
}

#[tokio::test]
async fn a_reset_restarts_programs() {
    let site = Site::new();
    let server = start(format!(
        "service:\n  polite: {{command: sh {}}}\n",
        site.script("polite").display()
    ));
    let server = server.await.unwrap();
    site.says("polite", "start", 1).await;
    let address = format!("tcp://{}", server.rpc).parse().unwrap();
    let mut client = Client::connect(&address).await.unwrap();
    let names: Vec<String> = client.call("resetter.List", &true).await.unwrap();
    assert_eq!(names, ["http", "service"]);
    let reset: bool = client.call("resetter.Reset", &"service").await.unwrap();
    assert!(reset);
    assert_eq!(site.said("polite", "end").len(), 1);
    site.says("polite", "start", 2).await;
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn calls_that_cannot_be_carried_out_are_refused_and_leave_nothing() {
    let site = Site::new();
    let server = start("").await.unwrap();
    let none = Create {
        process_num: 0,
        ..sh(&site.script("short"), 1)
    };
    let many = Create {
        process_num: i64::MAX,
        ..none.clone()
    };
    let missing = Create {
        command: "/no/such/program".to_owned(),
        process_num: 1,
        ..none.clone()
    };
    let empty = Create {
        command: " ".to_owned(),
        ..missing.clone()
    };
    let short = sh(&site.script("short"), 1);
    let answers = call(
        server.rpc,
        &[
            ("service.Create", none.encode_to_vec()),
            ("service.Create", many.encode_to_vec()),
            ("service.Create", empty.encode_to_vec()),
            ("service.Create", missing.encode_to_vec()),
            ("service.List", vec![]),
            ("service.Create", short.encode_to_vec()),
        ],
    )
    .await;
    let expected = [
        "error the service `svc` has no processes: `process_num` must be 1 or more",
        "error the service `svc` has `process_num: 9223372036854775807`, at most 2048 are allowed",
        "error the service `svc` has no command: command should not be empty|help: write the program and its arguments: `php worker.php`",
        "error cannot start `/no/such/program` of the service `svc`: No such file or directory (os error 2)|help: the program is looked up in PATH, no shell is involved",
        "ok ",
        "ok 1001",
    ];
    assert_eq!(answers, expected);
    let gone = statuses(server.rpc, |it| it[0].fault.is_some()).await;
    assert_eq!(
        gone[0].fault.as_ref().unwrap().message,
        "ended with exit status: 3"
    );
    assert_eq!(gone[0].pid, 0);
    server.stop().await;
}

/// What the PHP package for this service was recorded to send.
#[tokio::test]
async fn recorded_requests_are_understood() {
    let vectors = include_str!("../../../rr-core/tests/vectors/rpc-plugins.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let argument = |method: &str| {
        let name = format!("{method}-request");
        let all = vectors["vectors"].as_array().unwrap();
        let vector = all.iter().find(|it| it["name"] == *name).unwrap();
        bytes(vector["hex"].as_str().unwrap())[20 + method.len()..].to_vec()
    };
    let server = start("").await.unwrap();
    let methods = ["Create", "List", "Restart", "Terminate"].map(|it| format!("service.{it}"));
    let calls: Vec<_> = methods.iter().map(|it| (&**it, argument(it))).collect();
    let answers = call(server.rpc, &calls).await;
    assert_eq!(answers, ["ok 1001", "ok 0a03737663", "ok 1001", "ok 1001"]);
    server.stop().await;
}
