//! The real `rr` with a real PHP worker, and what that worker saw.

use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{interrupt::Interrupt, process::Group, repo};

/// The file that the `static` middleware hands out at `/file.txt`.
const FILE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// When [`FILE`] was last changed: Sat, 01 Jan 2022 00:00:00 GMT.
const CHANGED: Duration = Duration::from_secs(1_640_995_200);

/// What every site has below `http`: one worker, so that what PHP saw has an order.
const HTTP: &str = "  pool: {num_workers: 1}\n  max_request_size: 1\n  middleware: [static]\n  \
                    static: {dir: public, allow: [.txt, .css, .js, .svg]}\n";

/// A server on loopback. Dropping it stops everything it started.
pub(super) struct Site {
    pub(super) port: u16,
    server: Group,
    journal: File,
    dir: TempDir,
}

/// A request as it reached PHP.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: BTreeMap<String, Vec<String>>,
    pub(super) body: String,
}

impl Site {
    /// Starts `binary` with `more` below `http`, indented by two; waits for its first answer.
    ///
    /// # Errors
    /// When it does not come up, with what it printed.
    pub(super) fn start(binary: &Path, more: &str, interrupt: &Interrupt) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("conformance-").tempdir()?;
        let port = free_port()?;
        let (journal, config) = (dir.path().join("journal"), dir.path().join(".rr.yaml"));
        File::create(&journal)?;
        public(&dir.path().join("public"))?;
        fs::write(&config, yaml(port, &journal, more)?)?;
        let mut command = Command::new(binary);
        command.current_dir(&dir).arg("serve").arg("-c").arg(config);
        let mut site = Self {
            port,
            server: Group::spawn(&mut command, dir.path())?,
            journal: File::open(journal)?,
            dir,
        };
        let (limit, pause) = (Duration::from_secs(30), Duration::from_millis(5));
        interrupt.wait("the first answer", limit, pause, || {
            site.server.ensure_running()?;
            Ok(site.ask("start").ok())
        })?;
        site.seen()?;
        Ok(site)
    }

    /// What PHP has seen since this was asked last.
    ///
    /// # Errors
    /// When the server does not answer a plain request any more.
    pub(super) fn seen(&mut self) -> Result<Vec<Seen>> {
        // One worker answers one after the other: before this one, it has noted all others down.
        self.ask("barrier")
            .with_context(|| format!("the server is gone:\n{}", self.output()))?;
        let mut lines = String::new();
        self.journal.read_to_string(&mut lines)?;
        let all = lines.lines().map(serde_json::from_str::<Seen>);
        let all = all.collect::<Result<Vec<_>, _>>()?;
        let ours = all.into_iter().filter(|it| !it.uri.ends_with(".test/mark"));
        Ok(ours.collect())
    }

    /// Everything that the server printed.
    pub(super) fn output(&self) -> String {
        self.server.output()
    }

    /// The folder for what else a suite needs, gone with the site.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the worker notes down what it saw.
    pub(super) fn journal(&self) -> PathBuf {
        self.dir.path().join("journal")
    }

    pub(super) fn pid(&self) -> i32 {
        self.server.pid()
    }

    fn ask(&self, name: &str) -> Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let request =
            format!("GET /mark HTTP/1.1\r\nHost: {name}.test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        ensure!(
            answer.starts_with(b"HTTP/1.1 200"),
            "a plain request is answered `{}`",
            answer.escape_ascii()
        );
        Ok(())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri)?;
        if !self.body.is_empty() {
            write!(f, " {}", self.body)?;
        }
        Ok(())
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The document root: [`FILE`], and what the page of the browser is made of.
fn public(dir: &Path) -> Result<()> {
    let assets = dir.join("browser");
    fs::create_dir_all(&assets)?;
    for name in ["image.svg", "script.js", "style.css"] {
        let from = repo::root().join("xtask/conformance/browser").join(name);
        fs::copy(from, assets.join(name))?;
    }
    let file = dir.join("file.txt");
    fs::write(&file, FILE)?;
    let file = File::options().write(true).open(file)?;
    file.set_modified(SystemTime::UNIX_EPOCH + CHANGED)?;
    Ok(())
}

fn yaml(port: u16, journal: &Path, more: &str) -> Result<String> {
    let worker = repo::root().join("xtask/conformance/worker.php");
    let command = serde_json::to_string(&["php", &worker.display().to_string()])?;
    let journal = serde_json::to_string(journal)?;
    Ok(format!(
        "version: \"3\"\n\
         server:\n  command: {command}\n  env:\n    CONFORMANCE_JOURNAL: {journal}\n\
         logs:\n  level: error\n\
         http:\n  address: 127.0.0.1:{port}\n{HTTP}{more}"
    ))
}
