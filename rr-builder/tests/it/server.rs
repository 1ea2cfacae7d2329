//! A `rr-builder` that was copied alone, and the servers it made, each stopped in the end.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A server that is stopped in good order when it is dropped.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        Command::new("kill").arg(pid).status().unwrap();
        self.0.wait().unwrap();
    }
}

/// Kept between runs, as a user's is: only what changed is compiled.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Where the builder has cargo put what it compiles.
pub(crate) fn target() -> PathBuf {
    cache().join("target")
}

/// As servers are compiled, so that dependencies are compiled once.
pub(crate) const AS_SERVERS: [&str; 2] = [
    "--config=profile.dev.debug='line-tables-only'",
    "--config=profile.dev.package.'*'.debug=false",
];

pub(crate) fn builder(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rr-builder"));
    command.current_dir(folder).env("RR_BUILDER_CACHE", cache());
    command
}

pub(crate) fn free_addresses<const N: usize>() -> [String; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|it| it.local_addr().unwrap().to_string())
}

/// Starts `binary`, which lies in `build/` of its project, and waits until it listens on `http`.
pub(crate) fn serve(binary: &Path, http: &str, arguments: &[&str]) -> Running {
    let mut command = Command::new(binary);
    command
        .args(["serve", "-o", "logs.level=error"])
        .args(arguments)
        .current_dir(binary.parent().unwrap().parent().unwrap())
        .stdout(Stdio::null());
    let running = Running(command.spawn().unwrap());
    let begun = Instant::now();
    while TcpStream::connect(http).is_err() {
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(20), "it does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    running
}
