//! A folder with a server's program, configuration and worker, and the processes that run from it.

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{
    client::get,
    procfs::{eventually, pids},
    server::free_port,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rr");

/// All that runs from it is killed at the end of the test.
pub(super) struct Site {
    dir: TempDir,
    pub(super) http: SocketAddr,
}

impl Drop for Site {
    fn drop(&mut self) {
        for pid in self.processes() {
            kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).ok();
        }
    }
}

impl Site {
    /// With two workers; `more` are sections, `http` keys of `http`. `DIR` in them is the folder.
    pub(super) fn new(more: &str, http: &str) -> Self {
        // Readable by any user, unlike the checkout, perhaps.
        let dir = tempfile::Builder::new()
            .prefix("upgrade-")
            .tempdir()
            .unwrap();
        let worker = dir.path().join("rr-services/tests/workers");
        fs::create_dir_all(&worker).unwrap();
        fs::copy(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/workers/processes.php"),
            worker.join("processes.php"),
        )
        .unwrap();
        let run = |program: &str, arguments: &[&str]| {
            let status = Command::new(program)
                .args(arguments)
                .arg(dir.path())
                .status();
            assert!(status.unwrap().success(), "{program}");
        };
        run(
            "cp",
            &["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/../php-src")],
        );
        run("chmod", &["-R", "a+rX"]);
        let address = free_port();
        let script = worker.join("processes.php");
        let text = format!(
            "version: '3'\n{more}server:\n  command: [php, {}]\n\
             http:\n  address: '{address}'\n{http}  pool: {{num_workers: 2, destroy_timeout: 5s}}\n",
            script.display(),
        );
        let site = Self { dir, http: address };
        let text = text.replace("DIR", site.dir().to_str().unwrap());
        fs::write(site.path(".rr.yaml"), text).unwrap();
        site.restore_program();
        site
    }

    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// Replaces a part of the configuration.
    pub(super) fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(".rr.yaml")).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(self.path(".rr.yaml"), text.replace(from, to)).unwrap();
    }

    /// Puts a shell script in the place of the program.
    pub(super) fn replace_program(&self, script: &str) {
        let script = script.replace("DIR", self.dir().to_str().unwrap());
        // Its command line tells whose it is.
        fs::write(self.path("new"), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(self.path("new"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(self.path("new"), self.path("rr")).unwrap();
    }

    pub(super) fn restore_program(&self) {
        symlink(PROGRAM, self.path("new")).unwrap();
        fs::rename(self.path("new"), self.path("rr")).unwrap();
    }

    /// A command that knows the configuration.
    pub(super) fn rr(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("rr"));
        command.args(arguments).arg("-c").arg(self.path(".rr.yaml"));
        command
    }

    /// Starts the server, in `wrapper`, and waits until it answers.
    pub(super) async fn start(&self, wrapper: &[&str]) -> Child {
        let own = self.rr(&["serve", "-p"]);
        let mut command = match wrapper {
            [] => own,
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command
                    .args(rest)
                    .arg(own.get_program())
                    .args(own.get_args());
                command
            }
        };
        let file = |name: &str| {
            let opened = File::options()
                .append(true)
                .create(true)
                .open(self.path(name));
            Stdio::from(opened.unwrap())
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        eventually("it is up", async || self.out().contains("server started")).await;
        if TcpStream::connect(self.http).await.is_ok() {
            assert_eq!(get(self.http, "/").await.text(), "hello");
        }
        child
    }

    /// Who serves, as the pid file tells.
    pub(super) fn pid(&self) -> u32 {
        for _ in 0..100 {
            let text = fs::read_to_string(self.path(".pid")).unwrap();
            // It is empty for a moment where another process writes its number.
            if !text.is_empty() {
                return text.parse().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the pid file stays empty");
    }

    /// Waits until another process than `old` serves.
    pub(super) async fn succeeds(&self, old: u32) {
        let old = old.to_string();
        eventually("a successor serves", async || {
            let pid = fs::read_to_string(self.path(".pid")).unwrap();
            !pid.is_empty() && pid != old
        })
        .await;
    }

    pub(super) fn signal(&self, pid: u32, signal: Signal) {
        kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
    }

    pub(super) fn out(&self) -> String {
        fs::read_to_string(self.path("out")).unwrap_or_default()
    }

    pub(super) fn err(&self) -> String {
        fs::read_to_string(self.path("err")).unwrap_or_default()
    }

    /// All processes with the folder in their command line.
    pub(super) fn processes(&self) -> Vec<u32> {
        let dir = self.dir().to_str().unwrap();
        let mentions = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(dir)
        };
        pids().filter(mentions).collect()
    }

    /// The worker processes, in order.
    pub(super) fn workers(&self) -> Vec<u32> {
        let is_php = |pid: &u32| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.starts_with("php")
        };
        let mut workers: Vec<u32> = self.processes().into_iter().filter(is_php).collect();
        workers.sort_unstable();
        workers
    }
}
