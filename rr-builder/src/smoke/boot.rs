//! Starts a new server once, with the configuration one begins with, and ends it.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use super::{PATIENCE, SmokeError};
use crate::write;

/// What a server says when all of its services are ready.
const STARTED: &str = "server started";

/// A server that is ended when it is dropped, and a folder that is gone then.
struct Booted {
    child: Child,
    folder: PathBuf,
}

/// Waits until the server at `binary`, configured by `config`, says that it has started.
pub(super) fn boot(binary: &Path, config: &str) -> Result<(), SmokeError> {
    let folder = write::beside(binary);
    fs::create_dir_all(&folder).map_err(SmokeError::Start)?;
    fs::write(folder.join(".rr.yaml"), config).map_err(SmokeError::Start)?;
    let binary = binary.canonicalize().map_err(SmokeError::Start)?;
    let child = Command::new(binary)
        .args(["serve", "-c", ".rr.yaml"])
        .current_dir(&folder)
        // What it unpacks goes with the folder.
        .env("RR_APP_CACHE", folder.join("app"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut booted = match child {
        Ok(child) => Booted { child, folder },
        Err(error) => {
            fs::remove_dir_all(&folder).ok();
            return Err(SmokeError::Start(error));
        }
    };
    let (sender, lines) = mpsc::channel();
    let stdout = booted
        .child
        .stdout
        .take()
        .map(|it| Box::new(it) as Box<dyn Read + Send>);
    let stderr = booted
        .child
        .stderr
        .take()
        .map(|it| Box::new(it) as Box<dyn Read + Send>);
    for output in [stdout, stderr].into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            // The other side is gone once the server has started.
            let lines = BufReader::new(output).lines().map_while(io::Result::ok);
            lines
                .map(|it| sender.send(it))
                .take_while(Result::is_ok)
                .count()
        });
    }
    drop(sender);
    wait(&lines)
}

/// Both outputs until one says that it has started, or both are closed, or time is over.
fn wait(lines: &Receiver<String>) -> Result<(), SmokeError> {
    let begun = Instant::now();
    let mut output = Vec::new();
    while let Ok(line) = lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
        if line.contains(STARTED) {
            return Ok(());
        }
        output.push(line);
    }
    match begun.elapsed() < PATIENCE {
        true => Err(SmokeError::Boot {
            output: output.join("\n"),
        }),
        false => Err(SmokeError::Hung {
            command: "serve".to_owned(),
        }),
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // It serves nobody: there is nothing to end in good order.
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}
