//! The log of the program itself, as whoever reads its stderr gets it.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tokio::{net::TcpStream, time::sleep, time::timeout};

use crate::{
    client::get,
    server::{config, free_port},
};

#[tokio::test]
async fn a_log_that_nobody_reads_stops_no_request_and_loses_no_line() {
    const REQUESTS: usize = 800;
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".rr.yaml");
    let text = config(http, rpc, "  pool: {num_workers: 1}") + "logs: {mode: production}\n";
    fs::write(&path, text).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_rr"))
        .args(["serve", "--config"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while TcpStream::connect(http).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..REQUESTS {
        let reply = timeout(Duration::from_secs(10), get(http, "/")).await;
        assert_eq!(reply.expect("it is not frozen").status, 200);
    }
    let mut stderr = server.stderr.take().unwrap();
    let log = thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).map(|_| log)
    });
    let stopped = Command::new("kill").arg(server.id().to_string()).status();
    assert!(stopped.unwrap().success());
    assert!(server.wait().unwrap().success());
    let log = log.join().unwrap().unwrap();
    assert!(log.len() > 64 << 10, "more than a pipe holds");
    assert_eq!(log.matches("http log").count(), REQUESTS);
}
