//! `server.placement`: cores that serve their own connections, with workers of their own, and lend them.
#![cfg(target_os = "linux")]

use std::{
    collections::HashSet, fs, net::SocketAddr, thread::available_parallelism, time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::server::{Running, config, free_port, run, services};

const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/placement.php");

/// A server with four workers; where there is one core, nothing can be placed.
async fn start(server: &str) -> Option<Running> {
    if available_parallelism().unwrap().get() < 2 {
        return None;
    }
    Some(start_anywhere(server, 4, "php").await.unwrap())
}

async fn start_anywhere(server: &str, workers: usize, php: &str) -> Result<Running, String> {
    let (http, rpc) = (free_port(), free_port());
    let pool = format!("  pool:\n    num_workers: {workers}\n    command: {php} {WORKER}\n");
    let text = config(http, rpc, &pool);
    let text = text.replace("server:\n", &format!("server:\n  {server}\n"));
    run(services(), http, rpc, &text).await
}

/// A connection that is kept.
struct Client(TcpStream);

impl Client {
    async fn connect(to: SocketAddr) -> Self {
        Self(TcpStream::connect(to).await.unwrap())
    }

    /// The pid of whoever answers.
    async fn get(&mut self, path: &str) -> u32 {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1024];
        let length = timeout(Duration::from_secs(20), self.0.read(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer[..length.unwrap().unwrap()]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.lines().last().unwrap().parse().unwrap()
    }
}

/// The CPUs that a process may run on: `0` or `0-1`.
fn allowed(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|it| it.strip_prefix("Cpus_allowed_list:"));
    line.unwrap().trim().to_owned()
}

#[tokio::test]
async fn workers_of_all_cores_serve_whoever_waits() {
    let Some(server) = start("placement: per_core").await else {
        return;
    };
    // Neighbours find seats on different cores: every second one leaves all on the same.
    let mut clients = Vec::new();
    for number in 0..8 {
        let mut client = Client::connect(server.http).await;
        client.get("/").await;
        if number % 2 == 0 {
            clients.push(client);
        }
    }
    let begun = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut it| tokio::spawn(async move { it.get("/sleep").await }))
        .collect();
    let mut pids = HashSet::new();
    for task in tasks {
        pids.insert(task.await.unwrap());
    }
    assert_eq!(pids.len(), 4, "each had one of its own");
    let took = begun.elapsed();
    assert!(
        took < Duration::from_millis(900),
        "one after the other: {took:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn workers_are_bound_while_their_tasks_are_light() {
    let Some(server) = start("placement: per_core").await else {
        return;
    };
    let mut client = Client::connect(server.http).await;
    let begun = Instant::now();
    // Few tasks say as much, if they take long.
    for (path, tasks, bound) in [("/", 100, true), ("/work", 5, false)] {
        loop {
            let mut pid = 0;
            for _ in 0..tasks {
                pid = client.get(path).await;
            }
            if allowed(pid).parse::<usize>().is_ok() == bound {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{}",
                allowed(pid)
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn workers_that_their_command_binds_stay_where_they_are() {
    if available_parallelism().unwrap().get() < 2 {
        return;
    }
    let server = start_anywhere("placement: per_core", 4, "taskset -c 0 php").await;
    let server = server.unwrap();
    let mut client = Client::connect(server.http).await;
    for path in ["/", "/work"] {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2500) {
            let pid = client.get(path).await;
            assert_eq!(allowed(pid), "0");
        }
    }
    server.stop().await;
}

/// The names of this process's threads.
fn threads() -> String {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let name = |it: fs::DirEntry| fs::read_to_string(it.path().join("comm")).unwrap_or_default();
    threads.map(|it| name(it.unwrap())).collect()
}

#[tokio::test]
async fn a_pool_is_spread_where_it_has_a_worker_for_each_core() {
    let cores = available_parallelism().unwrap().get();
    for (workers, is_spread) in [(cores - 1, false), (cores, true)] {
        if cores < 2 {
            return;
        }
        let server = start_anywhere("placement: auto", workers, "php")
            .await
            .unwrap();
        assert_eq!(threads().contains("core-0"), is_spread, "{workers} workers");
        Client::connect(server.http).await.get("/").await;
        server.stop().await;
    }
}

#[tokio::test]
async fn shared_binds_nobody() {
    let Some(server) = start("placement: shared").await else {
        return;
    };
    let mut client = Client::connect(server.http).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(2500) {
        let pid = client.get("/").await;
        assert!(allowed(pid).parse::<usize>().is_err());
    }
    server.stop().await;
}

#[tokio::test]
async fn workers_that_dial_in_are_at_home_on_a_core_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let relay = dir.path().join("relay.sock");
    let relay = format!("placement: per_core\n  relay: unix://{}", relay.display());
    let Some(server) = start(&relay).await else {
        return;
    };
    for _ in 0..8 {
        Client::connect(server.http).await.get("/").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn other_placements_are_named() {
    let error = start_anywhere("placement: pinned", 4, "php")
        .await
        .err()
        .unwrap();
    assert!(
        error.contains("per_core") && error.contains("pinned"),
        "{error}"
    );
}
