//! The server under test, its workers, and the code that they run.

use std::{
    cell::Cell,
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use fastrand::Rng;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use super::{ledger::Ledger, remote};
use crate::{
    interrupt::Interrupt,
    process::{Group, Process},
    repo,
};

/// How it is set up.
#[derive(Clone, Copy)]
pub(super) struct Setup<'a> {
    pub(super) workers: usize,
    /// In `xtask/chaos`.
    pub(super) script: &'a str,
    /// Where frames travel; a relative unix socket lies in the server's own folder.
    pub(super) relay: &'a str,
    /// More keys of `http.pool`, in YAML's flow style and with a comma after each.
    pub(super) pool: &'a str,
    /// How long it says that it is not ready before it stops; `None`: nobody is told.
    pub(super) drain_delay: Option<&'a str>,
    /// More keys of `http`, a line each and indented by two.
    pub(super) http: &'a str,
    /// Variables of the workers, in YAML's flow style.
    pub(super) env: &'a str,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            workers: 4,
            script: "app.php",
            relay: "pipes",
            pool: "",
            drain_delay: None,
            http: "",
            env: "",
        }
    }
}

/// A running server. Dropping it ends it and whatever it has left behind.
pub(super) struct Server {
    pub(super) port: u16,
    pub(super) group: Group,
    /// How many workers it should have.
    pub(super) size: usize,
    /// The number of the next request.
    pub(super) ids: Arc<AtomicU64>,
    /// The version of the code that is in force: older code may not answer any more.
    pub(super) newest: Arc<AtomicU64>,
    rpc: u16,
    status: u16,
    /// The server's own process, another one after each upgrade.
    pid: Cell<i32>,
    /// Configuration, code, ledger and log. Workers have it in their command line.
    dir: TempDir,
}

impl Server {
    /// Starts `rr` and waits until it answers.
    pub(super) fn start(rr: &Path, setup: Setup<'_>, interrupt: &Interrupt) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("chaos-").tempdir()?;
        let (port, rpc, status) = (free_port()?, free_port()?, free_port()?);
        let config = dir.path().join(".rr.yaml");
        fs::write(&config, yaml(setup, port, rpc, status, dir.path())?)?;
        let mut command = Command::new(rr);
        command.current_dir(dir.path()).args(["serve", "-p", "-c"]);
        let newest = Arc::new(AtomicU64::new(0));
        deploy(dir.path(), 0)?;
        let group = Group::spawn(command.arg(config), dir.path())?;
        let mut server = Self {
            port,
            pid: Cell::new(group.pid()),
            group,
            size: setup.workers,
            ids: Arc::new(AtomicU64::new(1)),
            newest,
            rpc,
            status,
            dir,
        };
        let (limit, pause) = (Duration::from_secs(20), Duration::from_millis(5));
        interrupt.wait("the start", limit, pause, || {
            server.group.ensure_running()?;
            Ok(server.calls("rpc.Version", "true").ok().map(drop))
        })?;
        Ok(server)
    }

    /// The server's own process.
    pub(super) fn pid(&self) -> i32 {
        self.pid.get()
    }

    /// Whether another process has become the server since this was last asked.
    pub(super) fn is_succeeded(&self) -> bool {
        let text = fs::read_to_string(self.dir.path().join(".pid"));
        let now = text.ok().and_then(|it| it.parse().ok());
        now.is_some_and(|now| self.pid.replace(now) != now)
    }

    /// How many upgrades the server says were not to be.
    pub(super) fn refused_upgrades(&self) -> usize {
        self.group.output().matches("restart failed: ").count()
    }

    /// Puts a configuration in place that cannot be served, or the right one again.
    pub(super) fn break_config(&self, broken: bool) -> Result<()> {
        let (config, kept) = (
            self.dir.path().join(".rr.yaml"),
            self.dir.path().join("kept"),
        );
        match broken {
            true => {
                fs::copy(&config, kept)?;
                Ok(fs::write(config, "version: \"3\"\nhttp: nonsense\n")?)
            }
            false => Ok(fs::rename(kept, config)?),
        }
    }

    /// Whether it says that it takes requests; an error where nobody says anything.
    pub(super) fn is_ready(&self) -> Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.status))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(
            b"GET /ready?plugin=http HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200 "))
    }

    /// The worker processes that live.
    pub(super) fn workers(&self) -> Result<Vec<Process>> {
        let tree = Process::tree(self.pid())?;
        let workers = tree.into_iter().skip(1).filter(|it| !it.zombie);
        Ok(workers.filter(|it| it.name.starts_with("php")).collect())
    }

    /// The server's own process.
    pub(super) fn process(&self) -> Result<Process> {
        let found = Process::find(self.pid())?;
        found.context("the server is gone")
    }

    /// Processes that have ended and that the server has not reaped.
    pub(super) fn zombies(&self) -> Result<Vec<i32>> {
        let tree = Process::tree(self.pid())?;
        let zombies = tree.iter().filter(|it| it.zombie);
        Ok(zombies.map(|it| it.pid).collect())
    }

    /// Every process that belongs to this server, or did once.
    pub(super) fn all(&self) -> Result<Vec<Process>> {
        Process::mentioning(&self.dir.path().display().to_string())
    }

    /// Signals the server's own process.
    pub(super) fn signal(&self, signal: Signal) {
        // Nobody else reaps it, so that its pid is not another's.
        kill(Pid::from_raw(self.pid()), signal).ok();
    }

    /// Whether the server's own process is over.
    pub(super) fn has_ended(&self) -> Result<bool> {
        let found = Process::find(self.group.pid())?;
        Ok(found.is_none_or(|it| it.zombie))
    }

    /// Lets a stopped worker go on.
    pub(super) fn thaw(&self, worker: Option<i32>) {
        if let Some(pid) = worker {
            kill(Pid::from_raw(pid), Signal::SIGCONT).ok();
        }
    }

    /// Signals a worker, whichever it is; its pid.
    pub(super) fn strike(&self, random: &mut Rng, signal: Signal) -> Result<Option<i32>> {
        let workers = self.workers()?;
        let worker = random.choice(&workers).map(|it| it.pid);
        if let Some(pid) = worker {
            // It may have ended since.
            kill(Pid::from_raw(pid), signal).ok();
        }
        Ok(worker)
    }

    /// Kills every worker; how many those were.
    pub(super) fn wipe(&self) -> Result<usize> {
        let workers = self.workers()?;
        for worker in &workers {
            kill(Pid::from_raw(worker.pid), Signal::SIGKILL).ok();
        }
        Ok(workers.len())
    }

    /// Puts another version of the code in place, for workers that start from now on.
    pub(super) fn deploy(&self, version: u64) -> Result<()> {
        deploy(self.dir.path(), version)
    }

    /// Puts code in place that does not start.
    pub(super) fn deploy_broken(&self) -> Result<()> {
        let code = "<?php fwrite(STDERR, \"this code is broken\\n\"); exit(1);";
        replace(self.dir.path(), code)
    }

    /// `rr reset`; the error is what the server says.
    pub(super) fn reset(&self) -> Result<()> {
        self.calls("resetter.Reset", "\"http\"").map(drop)
    }

    /// Writes another configuration: `setup` with what differs.
    pub(super) fn configure(&self, setup: Setup<'_>) -> Result<()> {
        let text = yaml(setup, self.port, self.rpc, self.status, self.dir.path())?;
        let new = self.dir.path().join("rr.new");
        fs::write(&new, text)?;
        Ok(fs::rename(new, self.dir.path().join(".rr.yaml"))?)
    }

    /// `rr config reload`: what the server says of it.
    pub(super) fn reload(&self) -> Result<serde_json::Value> {
        self.calls("config.Reload", "{}")
    }

    /// From now on, answers of code older than `version` are wrong.
    pub(super) fn expect(&self, version: u64) {
        self.newest.store(version, Ordering::SeqCst);
    }

    /// The workers that the server says are ready.
    pub(super) fn ready(&self) -> Result<usize> {
        let answer = self.calls("informer.Workers", "\"http\"")?;
        let workers = answer["workers"].as_array();
        let workers = workers.context("`informer.Workers` tells of no workers")?;
        Ok(workers
            .iter()
            .filter(|it| it["statusStr"] == "ready")
            .count())
    }

    pub(super) fn ledger(&self) -> Result<Ledger> {
        Ledger::read(&self.dir.path().join("ledger"))
    }

    /// The first lines of the log that tell of trouble.
    pub(super) fn log(&self, lines: usize) -> Vec<String> {
        let output = self.group.output();
        let trouble = output.lines().filter(|it| it.contains("ERROR"));
        trouble
            .take(lines)
            .map(|it| it.chars().take(300).collect())
            .collect()
    }

    /// Whether everything of it is gone within `limit`.
    pub(super) fn is_gone_within(&self, limit: Duration) -> Result<bool> {
        let begun = Instant::now();
        loop {
            let left = self.all()?;
            if left
                .iter()
                .all(|it| it.zombie || it.pid == self.group.pid())
            {
                return Ok(true);
            }
            if begun.elapsed() > limit {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn calls(&self, method: &str, argument: &str) -> Result<serde_json::Value> {
        remote::call(self.rpc, method, argument)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.group.end();
        for stray in self.all().unwrap_or_default() {
            kill(Pid::from_raw(stray.pid), Signal::SIGKILL).ok();
        }
    }
}

fn deploy(dir: &Path, version: u64) -> Result<()> {
    replace(dir, &format!("<?php return {version};"))
}

/// In one step, as deployments do: a worker finds the old code or the new.
fn replace(dir: &Path, code: &str) -> Result<()> {
    let new: PathBuf = dir.join("code.new");
    fs::write(&new, code)?;
    Ok(fs::rename(new, dir.join("code.php"))?)
}

fn yaml(setup: Setup<'_>, port: u16, rpc: u16, status: u16, dir: &Path) -> Result<String> {
    let Setup {
        workers,
        relay,
        pool,
        drain_delay,
        http,
        env,
        ..
    } = setup;
    let status = drain_delay.map(|delay| {
        format!("status: {{ address: \"127.0.0.1:{status}\", drain_delay: {delay} }}\n")
    });
    let status = status.unwrap_or_default();
    let script = repo::root().join("xtask/chaos").join(setup.script);
    let command = ["php".as_ref(), &*script, dir].map(|it| it.display().to_string());
    let command = serde_json::to_string(&command)?;
    Ok(format!(
        "version: \"3\"\n\
         server: {{ command: {command}, relay: \"{relay}\", env: {{ {env} }} }}\n\
         rpc: {{ listen: \"tcp://127.0.0.1:{rpc}\" }}\n\
         logs: {{ level: warn }}\n{status}\
         http:\n  address: 127.0.0.1:{port}\n  \
         pool: {{ {pool} num_workers: {workers}, destroy_timeout: 5s }}\n{http}"
    ))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
