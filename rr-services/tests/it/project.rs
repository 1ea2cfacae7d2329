//! A project's folder, and the program in processes of its own that work there.
#![cfg(unix)]

use std::{
    fmt, fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit: {}", self.code)?;
        for (stream, text) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !text.is_empty() {
                write!(f, "{stream}:\n{text}")?;
            }
        }
        Ok(())
    }
}

/// A folder that commands run in.
pub(crate) struct Project {
    path: PathBuf,
    _parent: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self::called("project")
    }

    /// A folder of that name.
    pub(crate) fn called(name: &str) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join(name);
        fs::create_dir(&path).unwrap();
        Self {
            path,
            _parent: parent,
        }
    }

    pub(crate) fn with(file: &str) -> Self {
        let project = Self::new();
        project.write(".rr.yaml", file);
        project
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, and the folders that it lies in.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.path.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rr"));
        command
            .args(arguments)
            .current_dir(&self.path)
            .env_remove("DOTENV_PATH")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn rr(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// A server, once it listens; killed at the end. What it prints is in the files `stdout` and
    /// `stderr` of the project.
    pub(crate) fn serve(&self, arguments: &[&str], http: SocketAddr) -> Server {
        self.start(self.command(arguments).arg("serve"), http)
    }

    /// The same, from a command line that is made up already.
    pub(crate) fn start(&self, command: &mut Command, http: SocketAddr) -> Server {
        let file = |name| fs::File::create(self.path.join(name)).unwrap();
        command.stdout(file("stdout")).stderr(file("stderr"));
        let mut child = command.spawn().unwrap();
        until("it serves", || {
            let ended = child.try_wait().unwrap();
            assert_eq!(ended, None, "{}", self.read("stderr"));
            TcpStream::connect(http).is_ok()
        });
        Server(child)
    }
}

/// A server that runs in a project.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal, `TERM` for one.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let mut ended = None;
        until("it ends", || {
            ended = self.0.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Waits for what must come.
pub(crate) fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !reached() {
        assert!(Instant::now() < limit, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether there is such a process.
pub(crate) fn is_alive(pid: u32) -> bool {
    let mut there = Command::new("kill");
    there.args(["-s", "0", &pid.to_string()]);
    there.stderr(Stdio::null()).status().unwrap().success()
}
