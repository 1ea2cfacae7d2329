//! A server that wine runs, and requests to it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use super::{cross::Programs, wine::Wine};
use crate::{
    interrupt::Interrupt,
    process::{Group, Process},
};

/// How long wine may take, also on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

const PAUSE: Duration = Duration::from_millis(50);

/// It is ended with all its workers when this is dropped.
pub(super) struct Server<'a> {
    wine: &'a Wine,
    programs: &'a Programs,
    interrupt: &'a Interrupt,
    group: Group,
    port: u16,
    dir: TempDir,
}

impl<'a> Server<'a> {
    /// Serves with workers that are connected by `relay`; returns when it answers.
    pub(super) fn start(
        wine: &'a Wine,
        programs: &'a Programs,
        relay: &str,
        interrupt: &'a Interrupt,
    ) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("windows-").tempdir()?;
        let (port, rpc) = (free_port()?, free_port()?);
        let relay = match relay {
            "tcp" => format!("tcp://127.0.0.1:{}", free_port()?),
            other => other.to_owned(),
        };
        fs::create_dir(dir.path().join("public"))?;
        fs::write(dir.path().join("public/page.txt"), PAGE)?;
        fs::write(
            dir.path().join(".rr.yaml"),
            config(&mark(&dir), port, rpc, &relay),
        )?;
        let mut command = wine.command(&programs.rr);
        command.current_dir(dir.path()).args(["serve", "-p"]);
        let mut server = Self {
            wine,
            programs,
            interrupt,
            group: Group::spawn(&mut command, dir.path())?,
            port,
            dir,
        };
        interrupt.wait("the start", LIMIT, PAUSE, || {
            server.group.ensure_running()?;
            Ok(server.get("/").ok())
        })?;
        Ok(server)
    }

    /// The response to a GET, head and body.
    pub(super) fn get(&self, path: &str) -> Result<String> {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nhost: windows\r\nconnection: close\r\n\r\n"
        ))
    }

    /// The response to a POST.
    pub(super) fn post(&self, path: &str, body: &str) -> Result<String> {
        let length = body.len();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: windows\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    fn ask(&self, request: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(request.as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(response)
    }

    /// Runs a command of `rr` beside it; what it printed.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<String> {
        let run = self
            .wine
            .run(&self.programs.rr, self.dir.path(), arguments, 0);
        run.with_context(|| format!("the server said:\n{}", self.group.output()))
    }

    /// Its workers, as the system below wine sees them.
    pub(super) fn workers(&self) -> Result<Vec<Process>> {
        Process::mentioning(&mark(&self.dir))
    }

    /// Waits until the server has ended in good order by itself.
    pub(super) fn ends(&mut self) -> Result<()> {
        let group = &mut self.group;
        self.interrupt.wait("the stop", LIMIT, PAUSE, || {
            Ok(group.has_finished()?.then_some(()))
        })
    }

    /// Kills the server alone, and waits until no worker is left.
    pub(super) fn kill(self) -> Result<()> {
        ensure!(
            !self.workers()?.is_empty(),
            "there are no workers to be seen"
        );
        self.group.kill()?;
        self.interrupt
            .wait("the end of the workers", LIMIT, PAUSE, || {
                Ok(self.workers()?.is_empty().then_some(()))
            })
    }
}

/// What is in the one file there is.
pub(super) const PAGE: &str = "a page that no worker wrote";

/// What the command line of each worker holds, and nobody else's.
fn mark(dir: &TempDir) -> String {
    let name = dir.path().file_name().unwrap_or_default();
    format!("--of={}", name.to_string_lossy())
}

fn config(mark: &str, port: u16, rpc: u16, relay: &str) -> String {
    format!(
        "version: '3'
server: {{command: echo-worker {mark}, relay: '{relay}'}}
rpc: {{listen: 'tcp://127.0.0.1:{rpc}'}}
http:
  address: 127.0.0.1:{port}
  middleware: [static]
  static: {{dir: public}}
  pool: {{num_workers: 2}}
"
    )
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
