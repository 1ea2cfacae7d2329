//! Processes and descriptors of a whole server: what it leaves behind when it is killed, as the
//! first process of a container, and when its workers die.
#![cfg(target_os = "linux")]

use std::{
    collections::HashSet,
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{sys::signal::Signal, unistd::Uid};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{
    client::get,
    procfs::{children, eventually, is_alive, parent, signal},
    server::free_port,
};

/// A server in a process of its own, killed at the end of the test.
struct Rr {
    child: Child,
    http: SocketAddr,
    _dir: TempDir,
}

impl Drop for Rr {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Starts `wrapper` and in it a server with two workers; `section` belongs to `server`.
async fn start(wrapper: &[&str], section: &str) -> Rr {
    // Readable by any user, unlike the checkout, perhaps.
    let dir = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let worker = dir.path().join("rr-services/tests/workers");
    fs::create_dir_all(&worker).unwrap();
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/processes.php"),
        worker.join("processes.php"),
    )
    .unwrap();
    let copied = Command::new("cp")
        .args(["-r", &format!("{root}/php-src")])
        .arg(dir.path())
        .status();
    assert!(copied.unwrap().success());
    let open = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(dir.path())
        .status();
    assert!(open.unwrap().success());

    let http = free_port();
    let config = dir.path().join(".rr.yaml");
    let script = worker.join("processes.php");
    let text = format!(
        "version: '3'\nserver:\n  command: [php, {}]\n{section}\n\
         http:\n  address: {http}\n  pool: {{num_workers: 2, destroy_timeout: 5s}}\n",
        script.display(),
    );
    fs::write(&config, text).unwrap();
    let program = [wrapper, &[env!("CARGO_BIN_EXE_rr")]].concat();
    let child = Command::new(program[0])
        .args(&program[1..])
        .args(["serve", "--config"])
        .arg(&config)
        // What a killed server leaves behind goes with the folder.
        .env("TMPDIR", dir.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rr = Rr {
        child,
        http,
        _dir: dir,
    };
    eventually("it listens", async || {
        TcpStream::connect(http).await.is_ok()
    })
    .await;
    // It listens before its workers are there, and answers when they are.
    assert_eq!(get(http, "/").await.text(), "hello");
    rr
}

/// After a `kill -9` of the server none of `all` is left, be it busy or idle; two of them are workers.
async fn check_no_survivor(mut rr: Rr, all: &[u32]) {
    let mut client = TcpStream::connect(rr.http).await.unwrap();
    let busy = b"GET /busy HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(busy).await.unwrap();
    // The other one answers: the first has begun.
    assert_eq!(get(rr.http, "/").await.text(), "hello");
    rr.child.kill().unwrap();
    rr.child.wait().unwrap();
    eventually("none is left", async || !all.iter().any(|it| is_alive(*it))).await;
}

async fn check_workers(section: &str) {
    let rr = start(&[], section).await;
    let workers = children(rr.child.id());
    assert_eq!(workers.len(), 2, "{section}");
    check_no_survivor(rr, &workers).await;
}

#[tokio::test]
async fn no_worker_survives_a_killed_server() {
    check_workers("").await;
    check_workers(&format!("  relay: tcp://{}", free_port())).await;
}

#[tokio::test]
async fn no_worker_of_another_user_survives_a_killed_server() {
    if !Uid::effective().is_root() {
        eprintln!("skipped: only root may start workers as another user");
        return;
    }
    check_workers("  user: nobody").await;
}

/// Their parent is not the server, which the kernel would end them with.
#[tokio::test]
async fn no_forked_worker_survives_a_killed_server() {
    let is_root = Uid::effective().is_root();
    let sections = ["  zygote: true", "  zygote: true\n  user: nobody"];
    for section in &sections[..1 + usize::from(is_root)] {
        let rr = start(&[], section).await;
        let [zygote] = *children(rr.child.id()) else {
            panic!("a server has one zygote, {section}");
        };
        let mut all = children(zygote);
        assert_eq!(all.len(), 2, "{section}");
        all.push(zygote);
        check_no_survivor(rr, &all).await;
    }
}

/// Pids here are those outside of the namespace.
#[tokio::test]
async fn as_process_1_it_reaps_orphans_and_watches_its_workers() {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let can = Command::new("unshare")
        .args(&unshare[1..])
        .arg("true")
        .stderr(Stdio::null())
        .status();
    if !can.is_ok_and(|it| it.success()) {
        eprintln!("skipped: no right to make a PID namespace");
        return;
    }
    let mut rr = start(&unshare, "").await;
    let [init] = *children(rr.child.id()) else {
        panic!("unshare has one child");
    };
    let family = || {
        let direct = children(init);
        let deeper: Vec<u32> = direct.iter().flat_map(|it| children(*it)).collect();
        [direct, deeper].concat()
    };
    assert_eq!(family().len(), 3, "a server and two workers");
    for _ in 0..5 {
        assert_eq!(get(rr.http, "/orphan").await.status, 200);
    }
    assert!(children(init).len() > 1, "orphans are its children");
    eventually("orphans are reaped", async || family().len() == 3).await;

    // The statuses of workers reach who waits for them: the dead are replaced, and none stays.
    let server = children(init)[0];
    let before: HashSet<u32> = children(server).into_iter().collect();
    before.iter().for_each(|it| signal(*it, Signal::SIGKILL));
    eventually("they are replaced", async || {
        let now = children(server);
        now.len() == 2 && !now.iter().any(|it| before.contains(it))
    })
    .await;
    assert_eq!(get(rr.http, "/").await.text(), "hello");

    signal(init, Signal::SIGTERM);
    let mut status = None;
    eventually("it stops", async || {
        status = rr.child.try_wait().unwrap();
        status.is_some()
    })
    .await;
    assert!(status.is_some_and(|it| it.success()), "{status:?}");
}

#[tokio::test]
async fn workers_have_no_descriptor_of_the_server() {
    let rr = start(&[], "").await;
    // What whoever runs the tests has passed on to all is not the server's.
    let inherited: HashSet<_> = fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|it| fs::read_link(it.ok()?.path()).ok())
        .collect();
    // A connection of the server's is open meanwhile, and its listener.
    let _other = TcpStream::connect(rr.http).await.unwrap();
    for _ in 0..4 {
        let reply = get(rr.http, "/descriptors").await;
        let mut links: HashSet<PathBuf> = serde_json::from_slice(&reply.body).unwrap();
        links.retain(|it| !inherited.contains(it));
        let of_kind = |kind: &str| {
            let names = links.iter().filter_map(|it| it.to_str());
            names.filter(|it| it.starts_with(kind)).count()
        };
        assert_eq!(of_kind("pipe:"), 3, "stdin, stdout and stderr: {links:?}");
        assert_eq!(of_kind("socket:") + of_kind("anon_inode:"), 0, "{links:?}");
    }
}

#[tokio::test]
async fn dead_workers_leave_no_descriptor() {
    let rr = start(&[], "").await;
    let folder = PathBuf::from(format!("/proc/{}/fd", rr.child.id()));
    let open = || fs::read_dir(&folder).unwrap().count();
    let full = async || get(rr.http, "/").await.status == 200 && children(rr.child.id()).len() == 2;
    eventually("both are there", full).await;
    // The connections of the requests go a moment after their answers.
    sleep(Duration::from_millis(200)).await;
    let before = open();
    for _ in 0..5 {
        let workers = children(rr.child.id());
        workers.iter().for_each(|it| signal(*it, Signal::SIGKILL));
        eventually("they are gone", async || {
            !workers.iter().any(|it| parent(*it).is_some())
        })
        .await;
        eventually("others are there", full).await;
    }
    eventually("as many descriptors as before", async || open() <= before).await;
}
