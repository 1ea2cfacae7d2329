//! The log of the program itself, as whoever reads its stderr gets it.

use std::{
    fs,
    io::Read as _,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    client::{get, request},
    server::{APP, config, free_port},
};

/// The program, its stderr a pipe.
pub(crate) fn rr(config: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
    command.args(["serve", "--config"]).arg(config);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

pub(crate) async fn up(http: SocketAddr) {
    while TcpStream::connect(http).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) fn stop(server: &mut Child) {
    let asked = Command::new("kill").arg(server.id().to_string()).status();
    assert!(asked.unwrap().success());
    assert!(server.wait().unwrap().success());
}

#[tokio::test]
async fn a_client_that_left_before_the_answer_is_a_499() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let text = config(http, rpc, "  pool: {num_workers: 1}");
    let logs = format!("logs: {{mode: production, output: {}}}\n", log.display());
    fs::write(&path, text + &logs).unwrap();
    let mut server = rr(&path);
    up(http).await;
    let mut client = TcpStream::connect(http).await.unwrap();
    let ask = b"GET /slow?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(ask).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    drop(client);
    let reply = request(http, "POST", "/echo", "", b"seven!!").await;
    assert_eq!(reply.header("content-length"), ["7"]);
    stop(&mut server);
    let log = fs::read_to_string(&log).unwrap();
    let lines = log.lines().filter(|it| it.contains("http log"));
    let seen: Vec<_> = lines
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap())
        .map(|it| json!([it["status"], it["URI"], it["read_bytes"], it["write_bytes"]]))
        .collect();
    let expected = [
        json!([499, "/slow?ms=500", 0, 0]),
        json!([200, "/echo", 7, 7]),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn refused_logins_are_told_without_what_may_be_a_password() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    // Of the password `secret`.
    let hash = "$$2y$$04$$Q0u6JCG.T0MXyMY.4q5Kh.XoJJxRB.nA9uNtmEBP.bywrvPHEnZKG";
    let section =
        "  pool: {num_workers: 1}\n  middleware: basic_auth\n  basic_auth: {users: ['ada:";
    let text = config(http, rpc, &format!("{section}{hash}']}}"));
    let logs = format!("logs: {{mode: production, output: {}}}\n", log.display());
    fs::write(&path, text + &logs).unwrap();
    let mut server = rr(&path);
    up(http).await;
    // `ada:guess`, `hunter2:x`, `ada:secret`, and nothing at all.
    for (credentials, status) in [
        ("Authorization: Basic YWRhOmd1ZXNz\r\n", 401),
        ("Authorization: Basic aHVudGVyMjp4\r\n", 401),
        ("Authorization: Basic YWRhOnNlY3JldA==\r\n", 200),
        ("", 401),
    ] {
        let reply = request(http, "GET", "/", credentials, b"").await;
        assert_eq!(reply.status, status, "{credentials}");
    }
    stop(&mut server);
    let log = fs::read_to_string(&log).unwrap();
    let seen: Vec<_> = log
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap())
        .filter(|it| it["logger"] == "basic_auth")
        .map(|it| json!([it["level"], it["msg"], it["remote_address"], it["user"]]))
        .collect();
    let expected = [
        json!(["warn", "a login is refused", "127.0.0.1", "ada"]),
        json!(["warn", "a login is refused", "127.0.0.1", null]),
    ];
    assert_eq!(seen, expected);
    assert!(!log.contains("guess") && !log.contains("hunter2"));
}

#[tokio::test]
async fn what_a_worker_prints_among_its_frames_is_logged_with_its_pid() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let worker = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/legacy.php");
    let text = config(http, rpc, "  pool: {num_workers: 1}").replace(APP, worker);
    let text = text.replace("server:\n", "server:\n  protocol: goridge-v2\n");
    let logs = format!("logs: {{mode: production, output: {}}}\n", log.display());
    fs::write(&path, text + &logs).unwrap();
    let mut server = rr(&path);
    up(http).await;
    assert_eq!(get(http, "/echo").await.text(), "said");
    let pid: u32 = get(http, "/pid").await.text().parse().unwrap();
    stop(&mut server);
    let log = fs::read_to_string(&log).unwrap();
    let records = log
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
    let printed: Vec<_> = records
        .filter(|it| it["pid"] == pid && it["logger"] == "server")
        .map(|it| json!([it["level"], it["msg"]]))
        .filter(|it| it.to_string().contains(['N', '=']))
        .collect();
    let expected = [
        json!(["info", "Notice: x"]),
        json!(["info", "=================="]),
    ];
    assert_eq!(printed, expected, "{log}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_no_request_and_loses_no_line() {
    const REQUESTS: usize = 800;
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".rr.yaml");
    let text = config(http, rpc, "  pool: {num_workers: 1}") + "logs: {mode: production}\n";
    fs::write(&path, text).unwrap();
    let mut server = rr(&path);
    up(http).await;
    for _ in 0..REQUESTS {
        let reply = timeout(Duration::from_secs(10), get(http, "/")).await;
        assert_eq!(reply.expect("it is not frozen").status, 200);
    }
    let mut stderr = server.stderr.take().unwrap();
    let log = thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).map(|_| log)
    });
    stop(&mut server);
    let log = log.join().unwrap().unwrap();
    assert!(log.len() > 64 << 10, "more than a pipe holds");
    assert_eq!(log.matches("http log").count(), REQUESTS);
}

#[tokio::test]
async fn preflights_are_logged_where_that_is_asked_for() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join(".rr.yaml"), dir.path().join("log"));
    let section = "  pool: {num_workers: 1}\n  middleware: headers\n  headers:\n    cors:\n      \
                   allowed_origin: https://shop.test\n      allowed_methods: GET\n      debug: true";
    let logs = format!(
        "logs: {{mode: production, level: debug, output: {}}}\n",
        log.display()
    );
    fs::write(&path, config(http, rpc, section) + &logs).unwrap();
    let mut server = rr(&path);
    up(http).await;
    for origin in ["https://shop.test", "https://other.test"] {
        let headers = format!("Origin: {origin}\r\nAccess-Control-Request-Method: GET\r\n");
        request(http, "OPTIONS", "/", &headers, b"").await;
    }
    stop(&mut server);
    let log = fs::read_to_string(&log).unwrap();
    let seen: Vec<_> = log
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap())
        .filter(|it| it["logger"] == "headers")
        .map(|it| it["allowed"].clone())
        .collect();
    assert_eq!(seen, [json!(true), json!(false)], "{log}");
}
