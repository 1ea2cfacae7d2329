//! What the system's manager of services is told, on a socket of the test's own.
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    client::get,
    server::{config, free_port},
};

/// A server that has somebody to tell.
struct Told {
    server: Child,
    socket: UnixDatagram,
    dir: tempfile::TempDir,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

impl Told {
    fn start(text: &str, variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        let patience = Some(Duration::from_secs(20));
        socket.set_read_timeout(patience).unwrap();
        let path = dir.path().join(".rr.yaml");
        fs::write(&path, text).unwrap();
        let server = Self::command(&path)
            .env("NOTIFY_SOCKET", dir.path().join("notify"))
            .envs(variables.iter().copied())
            .spawn()
            .unwrap();
        Self {
            server,
            socket,
            dir,
        }
    }

    fn command(config: &Path) -> Command {
        let out = config.with_file_name("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
        command.args(["serve", "--config"]).arg(config);
        command.stdout(fs::File::create(out).unwrap());
        command.stderr(Stdio::null());
        command
    }

    fn next(&self) -> String {
        let mut message = [0; 1024];
        let len = self.socket.recv(&mut message).expect("it says something");
        String::from_utf8(message[..len].to_vec()).unwrap()
    }

    /// The next message but for signs of life.
    fn next_but_life(&self) -> String {
        loop {
            let message = self.next();
            if message != "WATCHDOG=1\n" {
                return message;
            }
        }
    }

    fn signal(&self, name: &str) {
        let id = self.server.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    fn out(&self) -> String {
        fs::read_to_string(self.dir.path().join("out")).unwrap()
    }
}

#[tokio::test]
async fn it_is_told_when_the_server_serves_replaces_workers_and_stops() {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, "  pool: {num_workers: 1}");
    let mut told = Told::start(&text, &[]);
    assert_eq!(told.next(), "READY=1\n");
    assert_eq!(get(http, "/").await.status, 200, "it serves by then");
    let worker = get(http, "/pid").await;
    let variables = fs::read(format!("/proc/{}/environ", worker.text())).unwrap();
    let variables = String::from_utf8_lossy(&variables);
    assert!(variables.contains("RR_MODE=http"));
    assert!(
        !variables.contains("NOTIFY_SOCKET"),
        "it is for the server alone"
    );
    told.signal("USR1");
    let reloading = told.next();
    let moment = reloading
        .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
        .expect(&reloading);
    assert!(moment.trim().parse::<u64>().unwrap() > 0);
    assert_eq!(told.next(), "READY=1\n");
    // `Type=notify-reload` asks by this one.
    told.signal("HUP");
    assert!(told.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told.next(), "READY=1\n");
    assert_eq!(get(http, "/").await.status, 200, "it serves on");
    told.signal("TERM");
    assert_eq!(told.next(), "STOPPING=1\n");
    assert!(told.server.wait().unwrap().success());
    assert!(told.out().contains("[INFO] sdnotify: notified\n"));
    assert!(!told.out().contains("watchdog"));
}

/// A process that is no child of the test's, killed at its end.
struct Stranger(String);

impl Drop for Stranger {
    fn drop(&mut self) {
        Command::new("kill").args(["-9", &self.0]).status().ok();
    }
}

#[tokio::test]
async fn it_is_told_who_takes_over() {
    let (http, rpc) = (free_port(), free_port());
    let text = config(http, rpc, "  pool: {num_workers: 1}");
    let mut told = Told::start(&text, &[]);
    assert_eq!(told.next(), "READY=1\n");
    let file = told.dir.path().join(".rr.yaml");
    fs::write(&file, "version: '3'\nhttp: nonsense\n").unwrap();
    told.signal("USR2");
    assert!(told.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told.next(), "READY=1\n", "there is no successor");

    fs::write(&file, &text).unwrap();
    told.signal("USR2");
    assert!(told.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    let main = told.next();
    let successor = main.strip_prefix("MAINPID=").expect(&main).trim();
    let successor = Stranger(successor.to_owned());
    assert_eq!(told.next(), "READY=1\n", "by the new one");
    assert!(told.server.wait().unwrap().success());
    assert_eq!(get(http, "/").await.status, 200);
    let stopped = Command::new("kill").arg(&successor.0).status();
    assert!(stopped.unwrap().success());
    assert_eq!(told.next(), "STOPPING=1\n", "nothing by the old one");
}

#[tokio::test]
async fn signs_of_life_come_as_often_as_is_asked_for() {
    for (usec, section) in [
        ("300000", ""),
        ("3000000000", "endure: {watchdog_sec: 1}\n"),
    ] {
        let (http, rpc) = (free_port(), free_port());
        let text = config(http, rpc, "  pool: {num_workers: 1}") + section;
        let told = Told::start(&text, &[("WATCHDOG_USEC", usec)]);
        assert_eq!(told.next_but_life(), "READY=1\n");
        for _ in 0..3 {
            assert_eq!(told.next(), "WATCHDOG=1\n");
        }
        assert!(
            told.out()
                .contains("[INFO] sdnotify: watchdog enabled, timeout: ")
        );
    }
}

#[tokio::test]
async fn nobody_is_told_where_nobody_asks() {
    let (http, rpc) = (free_port(), free_port());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".rr.yaml");
    let text = config(http, rpc, "  pool: {num_workers: 1}") + "endure: {watchdog_sec: 1}\n";
    fs::write(&path, text).unwrap();
    let server = Told::command(&path)
        .env_remove("NOTIFY_SOCKET")
        .spawn()
        .unwrap();
    crate::logging::up(http).await;
    let mut server = server;
    crate::logging::stop(&mut server);
    let out = fs::read_to_string(dir.path().join("out")).unwrap();
    assert!(!out.contains("sdnotify"), "{out}");
}
