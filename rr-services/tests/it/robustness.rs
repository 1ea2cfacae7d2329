//! Requests survive their workers: repeated where that is safe, queued where all are busy.

use std::{
    fs,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use futures_util::future::join_all;
use rr_core::{
    pool::{Event, What},
    rpc::{Client, Load, Workers},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::{get, request},
    server::{Running, config, free_port, services, start, start_with},
};

/// Asks for a page whose first worker dies: the status, and how often PHP ran it.
async fn check_lost(server: &Running, method: &str, expected: (u16, usize)) {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let path = format!("/exit-once?mark={}", mark.display());
    let reply = request(server.http, method, &path, "", b"").await;
    let times = fs::read(&mark).unwrap().len();
    assert_eq!((reply.status, times), expected, "{method}");
}

#[tokio::test]
async fn a_request_that_is_safe_survives_the_death_of_its_worker() {
    let server = start("").await;
    for method in ["GET", "HEAD", "OPTIONS"] {
        check_lost(&server, method, (200, 2)).await;
    }
    for method in ["POST", "PUT", "DELETE"] {
        check_lost(&server, method, (500, 1)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn methods_and_attempts_are_configurable() {
    let server = start("  retry: {methods: [put]}\n").await;
    check_lost(&server, "PUT", (200, 2)).await;
    check_lost(&server, "GET", (500, 1)).await;
    server.stop().await;

    for once in ["  retry: {attempts: 1}\n", "  pool: {debug: true}\n"] {
        let server = start(once).await;
        check_lost(&server, "GET", (500, 1)).await;
        server.stop().await;
    }
}

/// With `pool`, the worker of a first request is replaced sooner or later, and no request fails.
async fn check_replaced(pool: &str) {
    let server = start(&format!("  pool: {{num_workers: 1, {pool}}}")).await;
    let first = get(server.http, "/pid").await.text().to_owned();
    for _ in 0..200 {
        let reply = get(server.http, "/pid").await;
        assert_eq!(reply.status, 200, "{pool}");
        if reply.text() != first {
            return server.stop().await;
        }
        // Idle for a moment, which is a limit, too.
        sleep(Duration::from_millis(60)).await;
    }
    panic!("not replaced: {pool}");
}

#[tokio::test]
async fn limits_of_the_config_replace_workers() {
    check_replaced("max_jobs: 3").await;
    check_replaced("supervisor: {watch_tick: 20ms, ttl: 300ms}").await;
    check_replaced("supervisor: {watch_tick: 20ms, idle_ttl: 30ms}").await;
    check_replaced("supervisor: {watch_tick: 20ms, max_worker_memory: 1}").await;
}

#[tokio::test]
async fn a_pool_may_have_a_command_of_its_own() {
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/app.php");
    let pool = format!("  pool: {{num_workers: 1, command: [php, -d, memory_limit=77M, {app}]}}");
    let server = start(&pool).await;
    assert_eq!(get(server.http, "/memory-limit").await.text(), "77M");
    server.stop().await;
}

#[tokio::test]
async fn listeners_of_the_builder_hear_what_happens_to_workers() {
    let (heard, events) = mpsc::channel();
    let builder = services().listen(move |event: &Event| {
        heard
            .send((event.pool.to_string(), event.what.clone()))
            .ok();
    });
    let server = start_with(builder, "  pool: {num_workers: 1}").await;
    let pid: u32 = get(server.http, "/pid").await.text().parse().unwrap();
    assert_eq!(
        request(server.http, "POST", "/exit", "", b"").await.status,
        500
    );
    assert_eq!(get(server.http, "/").await.status, 200);
    server.stop().await;
    let mut story = Vec::new();
    for (pool, what) in events.try_iter() {
        assert_eq!(pool, "http");
        story.push(match what {
            What::Started { pid: it } => {
                format!("{} started", if it == pid { "first" } else { "second" })
            }
            What::Ready { pid: it, .. } => {
                format!("{} ready", if it == pid { "first" } else { "second" })
            }
            What::Died {
                pid: it,
                status,
                tasks,
            } => {
                assert_eq!(it, pid);
                format!("first died of {status} after {tasks}")
            }
            What::Stopped { why, tasks, .. } => format!("second stopped after {tasks}: {why}"),
            other => format!("{other:?}"),
        });
    }
    let expected = [
        "first started",
        "first ready",
        "first died of exit status: 3 after 2",
        "second started",
        "second ready",
        "second stopped after 1: the pool stops",
    ];
    assert_eq!(story, expected);
}

async fn client(server: &Running) -> Client {
    let address = format!("tcp://{}", server.rpc).parse().unwrap();
    Client::connect(&address).await.unwrap()
}

#[tokio::test]
async fn the_queue_can_be_looked_at_and_the_allocator_answers_it() {
    let pool = "  pool: {num_workers: 1, dynamic_allocator: {max_workers: 2, spawn_rate: 1, idle_timeout: 1s}}";
    let server = start(pool).await;
    let mut client = client(&server).await;
    let slow = (0..4).map(|_| get(server.http, "/slow?ms=700"));
    let ((), slow) = tokio::join!(
        async {
            let load = loop {
                let load: Load = client.call("informer.Load", &"http").await.unwrap();
                assert_eq!(
                    load.workers, 1,
                    "the allocator was faster than the requests"
                );
                if load.waiting == 3 {
                    break load;
                }
                sleep(Duration::from_millis(5)).await;
            };
            assert_eq!(load.idle, 0);
            assert!(load.longest_wait > 0.0);
        },
        join_all(slow)
    );
    assert!(slow.iter().all(|it| it.text() == "slept"));
    let load: Load = client.call("informer.Load", &"http").await.unwrap();
    assert_eq!((load.workers, load.waiting, load.waited), (3, 0, 3));
    assert!(load.wait_time > 0.0);
    for _ in 0..100 {
        let workers: Workers = client.call("informer.Workers", &"http").await.unwrap();
        if workers.workers.unwrap().len() == 1 {
            return server.stop().await;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the pool did not shrink");
}

#[tokio::test]
async fn a_signal_resets_the_workers() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".rr.yaml");
    fs::write(&path, config(http, rpc, "  pool: {num_workers: 1}")).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_rr"))
        .args(["serve", "--config"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let kill = |signal: &str| {
        let pid = server.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status();
        assert!(status.unwrap().success());
    };
    while tokio::net::TcpStream::connect(http).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    let before = get(http, "/pid").await.text().to_owned();
    kill("-USR1");
    for _ in 0..200 {
        if get(http, "/pid").await.text() != before {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(get(http, "/pid").await.text(), before);
    kill("-TERM");
    assert!(server.wait().unwrap().success());
}

/// Whether PHP runs a request whose client leaves while it waits for the only worker.
async fn check_left(head: &str, body: &[u8]) {
    let server = start("  pool: {num_workers: 1}").await;
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let busy = get(server.http, "/slow?ms=400");
    let leave = async {
        sleep(Duration::from_millis(100)).await;
        let mut client = TcpStream::connect(server.http).await.unwrap();
        let head = head.replace("PATH", &format!("/exit-once?mark={}", mark.display()));
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(body).await.unwrap();
        sleep(Duration::from_millis(100)).await;
    };
    let (slept, ()) = tokio::join!(busy, leave);
    assert_eq!(slept.text(), "slept");
    // After this one, whatever waited has had its turn.
    assert_eq!(get(server.http, "/").await.status, 200);
    assert!(!mark.exists(), "{head}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_left_before_its_turn_costs_no_worker() {
    check_left("GET PATH HTTP/1.1\r\nHost: a\r\n\r\n", b"").await;
    check_left(
        "POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n",
        b"body",
    )
    .await;
    let form = "POST PATH HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\
                Content-Length: 71\r\n\r\n";
    let upload = b"--b\r\nContent-Disposition: form-data; name=f; filename=f.txt\r\n\r\nx\r\n--b--";
    check_left(form, upload).await;
}
