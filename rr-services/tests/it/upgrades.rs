//! The upgrade of a running server by SIGUSR2: whole servers, each in a process of its own.
#![cfg(target_os = "linux")]

mod site;

use std::{fs, io::Read as _, os::unix::fs::PermissionsExt as _, time::Duration};

use nix::{sys::signal::Signal, unistd::Uid};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
    time::sleep,
};

use crate::{
    client::get,
    procfs::{children, eventually, is_alive, parent},
    server::free_port,
    transports::HAND_OVER,
};
use site::Site;

/// One request on a connection that is to stay open, up to the end of its short answer.
async fn ask<T>(stream: &mut T, path: &str) -> String
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read(stream).await
}

async fn read(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut answer = String::new();
    let mut part = [0; 4096];
    loop {
        let length = answer.split_once("\r\n\r\n").and_then(|(head, body)| {
            let head = head.to_lowercase();
            let length = head.split("content-length: ").nth(1)?;
            let length: usize = length.lines().next()?.parse().ok()?;
            Some(body.len() >= length)
        });
        if length == Some(true) {
            return answer;
        }
        let read = stream.read(&mut part).await.unwrap();
        assert_ne!(read, 0, "it ends in the midst of `{answer}`");
        answer += std::str::from_utf8(&part[..read]).unwrap();
    }
}

#[tokio::test]
async fn a_successor_takes_over_and_no_client_notices() {
    let site = Site::new("", "");
    let mut first = site.start(&[]).await;
    let old = site.pid();
    assert_eq!(old, first.id());
    let workers = site.workers();
    let connect = async || TcpStream::connect(site.http).await.unwrap();
    let (mut used, mut unused, mut slow) = (connect().await, connect().await, connect().await);
    assert!(ask(&mut used, "/").await.ends_with("hello"));
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();

    // The other one answers: the first is at work.
    assert_eq!(get(site.http, "/").await.text(), "hello");
    site.signal(old, Signal::SIGUSR2);
    site.succeeds(old).await;
    let new = site.pid();
    assert!(is_alive(old), "it finishes what it has begun");
    let slow = read(&mut slow).await;
    assert!(slow.starts_with("HTTP/1.1 200 ") && slow.ends_with("at last"));
    // Old connections are answered by the old server, which asks them to come anew.
    for stream in [&mut used, &mut unused] {
        let answer = ask(stream, "/pid").await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        let worker = answer.rsplit("\r\n").next().unwrap().parse().unwrap();
        assert!(workers.contains(&worker), "{answer}");
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "it is closed");
    }
    let worker: u32 = get(site.http, "/pid").await.text().parse().unwrap();
    assert_eq!(parent(worker), Some(new));
    eventually("the old server ends", async || !is_alive(old)).await;
    assert!(first.wait().unwrap().success());
    assert!(workers.iter().all(|it| !is_alive(*it)));

    // And again, from the successor; what is left then can be stopped as ever.
    site.signal(new, Signal::SIGUSR2);
    site.succeeds(new).await;
    eventually("the second server ends", async || !is_alive(new)).await;
    let stopped = site.rr(&["stop"]).output().unwrap();
    assert!(stopped.status.success(), "{stopped:?}");
    assert!(!site.path(".pid").exists());
    eventually("nothing is left", async || site.processes().is_empty()).await;
    let started = "[INFO] RoadRunner server started; version: 2025.1.15\n";
    let asked = "restart signal [SIGUSR2] received\n";
    let stopped = "stop signal received, grace timeout is: 30 seconds\n";
    assert_eq!(
        site.out(),
        [started, asked, started, asked, started, stopped].concat()
    );
}

#[tokio::test]
async fn what_cannot_take_over_changes_nothing() {
    let site = Site::new("endure: {upgrade_timeout: 2s}\n", "");
    let _first = site.start(&[]).await;
    let pid = site.pid();
    let workers = site.workers();
    let check = async |what: &str, expected: &str| {
        let before = site.out().len();
        site.signal(pid, Signal::SIGUSR2);
        eventually(what, async || {
            site.out()[before..].contains("restart failed: ")
        })
        .await;
        let said = site.out()[before..].to_owned();
        assert!(said.contains(expected), "{what}: {said}");
        assert_eq!(site.pid(), pid, "{what}");
        assert_eq!(get(site.http, "/").await.text(), "hello", "{what}");
        assert_eq!(site.workers(), workers, "{what}");
    };
    site.replace_program("echo no good >&2; exit 3");
    check(
        "a program that fails",
        "ended with exit status: 3 before it was ready",
    )
    .await;
    site.replace_program("exec sleep 100");
    check(
        "a program that hangs",
        "was not ready within 2s, and was ended",
    )
    .await;
    site.replace_program("echo hello >&0; exec sleep 100");
    check(
        "a program that is none",
        "does not answer as a server of this kind",
    )
    .await;
    fs::remove_file(site.path("rr")).unwrap();
    check("a program that is not there", "cannot start `").await;

    site.restore_program();
    let good = fs::read_to_string(site.path(".rr.yaml")).unwrap();
    fs::write(site.path(".rr.yaml"), "version: '3'\nhttp: {address: 1}\n").unwrap();
    check(
        "a broken configuration",
        "ended with exit status: 3 before it was ready",
    )
    .await;
    let script = site.path("rr-services/tests/workers/processes.php");
    let code = fs::read_to_string(&script).unwrap();
    fs::write(site.path(".rr.yaml"), good).unwrap();
    fs::write(&script, "<?php exit(1);").unwrap();
    check(
        "broken code",
        "ended with exit status: 4 before it was ready",
    )
    .await;

    fs::write(&script, code).unwrap();
    site.signal(pid, Signal::SIGUSR2);
    site.succeeds(pid).await;
    assert_eq!(get(site.http, "/").await.text(), "hello");
}

#[tokio::test]
async fn one_upgrade_at_a_time_and_a_stop_ends_both_processes() {
    let site = Site::new("", "");
    let mut first = site.start(&[]).await;
    let pid = site.pid();
    site.replace_program("echo $$ > DIR/hanging; exec sleep 100");
    site.signal(pid, Signal::SIGUSR2);
    let hanging = || {
        fs::read_to_string(site.path("hanging"))
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    eventually("it starts", async || hanging().is_some()).await;
    site.signal(pid, Signal::SIGUSR2);
    eventually("the second is ignored", async || {
        site.err()
            .contains("SIGUSR2 is ignored: an upgrade is under way")
    })
    .await;
    site.signal(pid, Signal::SIGTERM);
    assert!(first.wait().unwrap().success());
    let hanging = hanging().unwrap();
    eventually("nothing is left", async || {
        site.processes().is_empty() && !is_alive(hanging)
    })
    .await;
    assert!(!site.path(".pid").exists());
}

#[tokio::test]
async fn a_second_signal_cuts_what_an_upgrade_has_left() {
    let site = Site::new("", "");
    let mut first = site.start(&[]).await;
    let old = site.pid();
    let mut busy = TcpStream::connect(site.http).await.unwrap();
    busy.write_all(b"GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(get(site.http, "/").await.text(), "hello");
    site.signal(old, Signal::SIGUSR2);
    site.succeeds(old).await;
    site.signal(old, Signal::SIGTERM);
    eventually("it is told", async || {
        site.out()
            .ends_with("stop signal received, grace timeout is: 30 seconds\n")
    })
    .await;
    assert!(is_alive(old), "it has still to do");
    site.signal(old, Signal::SIGTERM);
    assert_eq!(first.wait().unwrap().code(), Some(6));
    assert_eq!(get(site.http, "/").await.text(), "hello");
}

#[tokio::test]
async fn unix_sockets_stay_where_they_are() {
    let site = Site::new(
        "rpc: {listen: 'unix://rpc.sock'}\n",
        "  socket_mode: 0o666\n",
    );
    site.edit(&site.http.to_string(), "unix://http.sock");
    let _first = site.start(&[]).await;
    let socket = site.path("http.sock");
    let mode = || fs::metadata(&socket).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o666);
    let old = site.pid();
    let script = site.path("rr-services/tests/workers/processes.php");
    let code = fs::read_to_string(&script).unwrap();
    fs::write(&script, "<?php exit(1);").unwrap();
    site.signal(old, Signal::SIGUSR2);
    eventually("it fails", async || site.out().contains("restart failed: ")).await;
    fs::write(&script, code).unwrap();
    for _ in 0..2 {
        let before = site.pid();
        site.signal(before, Signal::SIGUSR2);
        site.succeeds(before).await;
        eventually("the old server ends", async || !is_alive(before)).await;
        let mut client = UnixStream::connect(&socket).await.unwrap();
        assert!(ask(&mut client, "/").await.ends_with("hello"));
        assert_eq!(mode(), 0o666);
        let workers = site.rr(&["workers", "--format", "json"]).output().unwrap();
        assert!(workers.status.success(), "{workers:?}");
    }
    assert_ne!(site.pid(), old);
    assert!(site.rr(&["stop"]).output().unwrap().status.success());
    assert!(!socket.exists() && !site.path("rpc.sock").exists());
}

#[tokio::test]
async fn readiness_never_ends_and_scrapes_go_to_the_new_server() {
    let status = free_port();
    let site = Site::new(&format!("status: {{address: '{status}'}}\n"), "");
    let _first = site.start(&[]).await;
    let old = site.pid();
    let mut held = TcpStream::connect(status).await.unwrap();
    assert!(ask(&mut held, "/ready").await.starts_with("HTTP/1.1 200 "));
    let mut slow = TcpStream::connect(site.http).await.unwrap();
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    site.signal(old, Signal::SIGUSR2);
    let mut asked = false;
    while is_alive(old) {
        if !asked && site.pid() != old {
            // The old server's last word on it, long before it ends.
            let last = ask(&mut held, "/ready").await;
            assert!(last.starts_with("HTTP/1.1 200 "), "{last}");
            assert!(last.contains("\r\nconnection: close\r\n"), "{last}");
            assert_eq!(held.read(&mut [0]).await.unwrap(), 0);
            asked = true;
        }
        assert_eq!(get(status, "/ready?plugin=http").await.status, 200);
        assert_eq!(get(status, "/health").await.status, 200);
        sleep(Duration::from_millis(5)).await;
    }
    assert!(read(&mut slow).await.ends_with("at last"));
    assert!(asked && site.pid() != old);
}

#[tokio::test]
async fn workers_find_their_server_and_their_user() {
    let root = Uid::effective().is_root();
    for relay in ["pipes", "tcp://127.0.0.1:RELAY", "unix://relay.sock"] {
        let relay = relay.replace("RELAY", &free_port().port().to_string());
        // The file of a socket is for the server's user.
        let root = root && !relay.starts_with("unix");
        let user = if root { "  user: nobody\n" } else { "" };
        let site = Site::new("", "");
        site.edit("server:\n", &format!("server:\n  relay: '{relay}'\n{user}"));
        let _first = site.start(&[]).await;
        let expected = get(site.http, "/user").await.text().to_owned();
        assert!(!root || expected != "0", "{relay}");
        for _ in 0..2 {
            let old = site.pid();
            site.signal(old, Signal::SIGUSR2);
            site.succeeds(old).await;
            assert_eq!(get(site.http, "/user").await.text(), expected, "{relay}");
            eventually("the old server ends", async || !is_alive(old)).await;
        }
        assert_eq!(site.workers().len(), 2, "{relay}");
    }
}

/// A program that notes when another one runs beside it.
const ALONE: &str = "mkdir DIR/alone || echo both >> DIR/both; echo start >> DIR/starts
    trap 'sleep 0.3; rmdir DIR/alone; exit 0' INT
    while :; do sleep 0.02; done";

#[tokio::test]
async fn programs_never_run_twice() {
    let program = "service: {scheduler: {command: [sh, DIR/scheduler]}}\n";
    let site = Site::new(program, "");
    let script = ALONE.replace("DIR", site.dir().to_str().unwrap());
    fs::write(site.path("scheduler"), script).unwrap();
    let _first = site.start(&[]).await;
    let starts = || {
        fs::read_to_string(site.path("starts"))
            .unwrap_or_default()
            .len()
            / 6
    };
    eventually("it runs", async || starts() == 1).await;
    for round in 2..4 {
        let old = site.pid();
        // A request that holds up the old server does not hold up the programs.
        let mut slow = TcpStream::connect(site.http).await.unwrap();
        slow.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        site.signal(old, Signal::SIGUSR2);
        site.succeeds(old).await;
        eventually("it runs again", async || starts() == round).await;
        assert!(read(&mut slow).await.ends_with("at last"));
        eventually("the old server ends", async || !is_alive(old)).await;
    }
    assert!(!site.path("both").exists());
}

#[tokio::test]
async fn files_are_read_anew() {
    let site = Site::new("envfile: colours\n", "");
    fs::write(site.path("colours"), "COLOUR=green\n").unwrap();
    let _first = site.start(&[]).await;
    assert_eq!(get(site.http, "/colour").await.text(), "green");
    for colour in ["red", "blue"] {
        let old = site.pid();
        fs::write(site.path("colours"), format!("COLOUR={colour}\n")).unwrap();
        site.signal(old, Signal::SIGUSR2);
        site.succeeds(old).await;
        eventually("the old server ends", async || !is_alive(old)).await;
        assert_eq!(get(site.http, "/colour").await.text(), colour);
    }
}

#[tokio::test]
async fn sockets_of_systemd_are_handed_on() {
    let site = Site::new("", "");
    let address = site.http.to_string();
    site.edit(&address, "fd://web");
    let perl = ["perl", "-MIO::Socket::INET", "-MPOSIX", "-e", HAND_OVER];
    let _first = site.start(&[&perl[..], &[&address]].concat()).await;
    for _ in 0..2 {
        let old = site.pid();
        site.signal(old, Signal::SIGUSR2);
        site.succeeds(old).await;
        eventually("the old server ends", async || !is_alive(old)).await;
        assert_eq!(get(site.http, "/").await.text(), "hello");
    }
    let worker = get(site.http, "/pid").await.text().to_owned();
    let variables = fs::read(format!("/proc/{worker}/environ")).unwrap();
    let variables = String::from_utf8_lossy(&variables);
    assert!(!variables.contains("LISTEN_") && !variables.contains("RR_UPGRADE"));
}

/// Pids here are those outside of the namespace.
#[tokio::test]
async fn in_a_container_process_1_follows_the_successor() {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let can = std::process::Command::new("unshare")
        .args(&unshare[1..])
        .arg("true")
        .stderr(std::process::Stdio::null())
        .status();
    if !can.is_ok_and(|it| it.success()) {
        eprintln!("skipped: no right to make a PID namespace");
        return;
    }
    let site = Site::new("", "");
    let mut first = site.start(&unshare).await;
    let init = children(first.id())[0];
    let server = || {
        let direct = children(init);
        assert!(direct.len() <= 1, "orphans were reaped: {direct:?}");
        direct.first().copied()
    };
    for _ in 0..2 {
        let old = server().unwrap();
        site.signal(init, Signal::SIGUSR2);
        eventually("another one serves", async || {
            !is_alive(old) && children(init).len() == 1
        })
        .await;
        assert_ne!(server(), Some(old));
        assert_eq!(get(site.http, "/").await.text(), "hello");
        assert!(first.try_wait().unwrap().is_none(), "the container runs");
    }
    // Signals are for the one that serves, and a stop for all.
    let worker = get(site.http, "/pid").await.text().to_owned();
    site.signal(init, Signal::SIGUSR1);
    eventually("workers are replaced", async || {
        get(site.http, "/pid").await.text() != worker
    })
    .await;
    let mut slow = TcpStream::connect(site.http).await.unwrap();
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(get(site.http, "/").await.text(), "hello");
    let before = site.out();
    site.signal(init, Signal::SIGUSR2);
    eventually("another one serves", async || {
        site.out()[before.len()..].contains("server started")
    })
    .await;
    site.signal(init, Signal::SIGTERM);
    assert!(read(&mut slow).await.ends_with("at last"));
    assert!(first.wait().unwrap().success());
}

/// `GET /slow` is on its way on one stream while the process is replaced.
#[tokio::test]
async fn http2_connections_are_asked_to_go_and_lose_no_stream() {
    let site = Site::new("", "  http2: {h2c: true}\n");
    let _first = site.start(&[]).await;
    let stream = TcpStream::connect(site.http).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let driven = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = http::Request::get(format!("http://{}/slow", site.http));
    let (slow, _) = client
        .send_request(request.body(()).unwrap(), true)
        .unwrap();
    assert_eq!(get(site.http, "/").await.text(), "hello");
    let old = site.pid();
    site.signal(old, Signal::SIGUSR2);
    site.succeeds(old).await;
    let slow = slow.await.unwrap();
    assert_eq!(slow.status(), 200);
    let mut body = slow.into_body();
    assert_eq!(&body.data().await.unwrap().unwrap()[..], b"at last");
    drop(body);
    eventually("GOAWAY came", async || {
        std::future::poll_fn(|cx| client.poll_ready(cx))
            .await
            .is_err()
            || driven.is_finished()
    })
    .await;
    eventually("the old server ends", async || !is_alive(old)).await;
}

#[tokio::test]
async fn a_stray_variable_makes_no_successor() {
    let site = Site::new("", "");
    let mut child = site
        .rr(&["serve"])
        .env("RR_UPGRADE", "1")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
    assert!(text.contains("`RR_UPGRADE` says that server `1`"), "{text}");
}
