//! A running web server with its PHP processes, and what they have used.

mod peer;
mod rr;

use std::{
    collections::HashMap,
    fs,
    net::TcpListener,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

pub(super) use self::{
    peer::{php_fpm, start as peer},
    rr::{Options as RrOptions, Workers, start as rr},
};
use super::{http, rpc::Place, sample::Sample};
use crate::{
    interrupt::Interrupt,
    process::{Group, Process},
};

/// A file that both servers hand out: its path in a URL, and its size.
pub(super) const STATIC_FILE: (&str, usize) = ("/static/10k.bin", 10 << 10);

/// A larger one, which no server sends in one go.
pub(super) const LARGE_FILE: (&str, usize) = ("/static/10m.bin", 10 << 20);

/// The document root, in the folder of a site.
const PUBLIC: &str = "public";

/// A server on loopback. Dropping it stops everything it started.
pub(super) struct Site {
    pub(super) port: u16,
    /// Where it speaks TLS, with HTTP/2 by ALPN; 0 if it does not.
    pub(super) tls: u16,
    /// Where it answers RPC calls, if it does.
    pub(super) rpc: Option<Place>,
    /// When the first of its processes was started.
    begun: Instant,
    groups: Vec<Group>,
    /// Configuration, sockets and logs; removed last.
    _dir: TempDir,
}

/// What the processes of a site have used since they started.
pub(super) struct Usage {
    server: Used,
    php: HashMap<i32, Used>,
}

impl Site {
    /// Waits until `path` is answered well; returns how long that took since the start.
    pub(super) fn await_answer(&mut self, path: &str, interrupt: &Interrupt) -> Result<Duration> {
        let (limit, pause) = (Duration::from_secs(30), Duration::from_micros(200));
        interrupt.wait("the first answer", limit, pause, || {
            for group in &mut self.groups {
                group.ensure_running()?;
            }
            let answer = http::ask(self.port, path, b"");
            Ok(answer.ok().filter(|it| it.status == 200).map(drop))
        })?;
        Ok(self.begun.elapsed())
    }

    /// What was used so far, the server's and that of each PHP process.
    pub(super) fn usage(&self) -> Result<Usage> {
        let mut usage = Usage {
            server: Used::default(),
            php: HashMap::new(),
        };
        for (role, process) in self.processes()? {
            let used = Used {
                cpu: process.cpu,
                switches: process.switches(),
            };
            match role {
                Role::Server => usage.server.add(used),
                Role::Php => drop(usage.php.insert(process.pid, used)),
            }
        }
        Ok(usage)
    }

    /// Resident memory of the server without PHP, in MiB.
    pub(super) fn server_rss(&self) -> Result<f64> {
        self.server_mib(Process::resident)
    }

    /// The most that it has been since the start, in MiB; each process at its own height.
    pub(super) fn server_peak(&self) -> Result<f64> {
        self.server_mib(Process::peak)
    }

    /// Proportional share of memory of each PHP worker, in MiB. One that has forked others is none.
    pub(super) fn worker_pss(&self) -> Result<Vec<f64>> {
        let php = self.php()?;
        let is_parent = |it: &Process| php.iter().any(|child| child.parent == it.pid);
        let workers = php.iter().filter(|it| !is_parent(it));
        Ok(workers.map(|it| mib(it.proportional())).collect())
    }

    /// The same of all PHP processes together.
    pub(super) fn php_pss(&self) -> Result<f64> {
        Ok(self.php()?.iter().map(|it| mib(it.proportional())).sum())
    }

    /// Those of the server, and those of PHP.
    pub(super) fn pids(&self) -> Result<(Vec<i32>, Vec<i32>)> {
        let all = self.processes()?.into_iter();
        let (server, php): (Vec<_>, Vec<_>) = all.partition(|(role, _)| *role == Role::Server);
        let pids = |all: Vec<(Role, Process)>| all.iter().map(|(_, it)| it.pid).collect();
        Ok((pids(server), pids(php)))
    }

    fn php(&self) -> Result<Vec<Process>> {
        let all = self.processes()?.into_iter();
        let php = all.filter(|(role, _)| *role == Role::Php);
        Ok(php.map(|(_, process)| process).collect())
    }

    fn server_mib(&self, bytes: fn(&Process) -> u64) -> Result<f64> {
        let processes = self.processes()?;
        let server = processes.iter().filter(|(role, _)| *role == Role::Server);
        let bytes: u64 = server.map(|(_, process)| bytes(process)).sum();
        Ok(mib(bytes))
    }

    /// A process named `php..` is PHP, unless it is the root of its group, as php-fpm's master is.
    fn processes(&self) -> Result<Vec<(Role, Process)>> {
        let mut found = Vec::new();
        for group in &self.groups {
            for process in Process::tree(group.pid())? {
                let php = process.name.starts_with("php") && process.pid != group.pid();
                found.push((if php { Role::Php } else { Role::Server }, process));
            }
        }
        Ok(found)
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[derive(PartialEq)]
enum Role {
    Server,
    Php,
}

/// What processes have used.
#[derive(Clone, Copy, Default)]
struct Used {
    cpu: Duration,
    /// Of threads, on and off a CPU.
    switches: u64,
}

impl Used {
    fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.switches += other.switches;
    }

    fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            // Threads that ended meanwhile have taken theirs along.
            switches: self.switches.saturating_sub(before.switches),
        }
    }
}

impl Usage {
    /// Fills in what was used a request between `self` and `later`.
    ///
    /// # Errors
    /// When a PHP process came or went: the figures of such a run are lost with it.
    pub(super) fn until(&self, later: &Self, requests: u64, sample: &mut Sample) -> Result<()> {
        let mut php = Used::default();
        for (pid, used) in &later.php {
            let before = self.php.get(pid);
            php.add(used.since(*before.context("a PHP worker was replaced during the run")?));
        }
        ensure!(
            self.php.len() == later.php.len(),
            "a PHP worker died during the run"
        );
        let server = later.server.since(self.server);
        let micros = |used: Used| used.cpu.as_secs_f64() * 1e6 / requests as f64;
        let switches = |used: Used| used.switches as f64 / requests as f64;
        sample.server_cpu = Some(micros(server));
        sample.server_switches = Some(switches(server));
        if !later.php.is_empty() {
            sample.php_cpu = Some(micros(php));
            sample.php_switches = Some(switches(php));
        }
        Ok(())
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A folder for a site, with the files to hand out in its document root.
fn folder() -> Result<(TempDir, PathBuf)> {
    let dir = tempfile::Builder::new().prefix("bench-").tempdir()?;
    let path = dir.path().to_owned();
    for (name, size) in [STATIC_FILE, LARGE_FILE] {
        let file = path.join(PUBLIC).join(name.trim_start_matches('/'));
        fs::create_dir_all(file.parent().expect("it lies in a folder"))?;
        fs::write(file, vec![b'x'; size])?;
    }
    Ok((dir, path))
}
