//! A child process with all it starts; dropping it leaves none of them behind.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

use super::Process;

/// How long a server may take to stop by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process group of its own, so that a Ctrl-C at the terminal does not reach it past us.
pub(crate) struct Group {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Group {
    /// Starts `command`; what it prints goes into a file in `dir`.
    pub(crate) fn spawn(command: &mut Command, dir: &Path) -> Result<Self> {
        let program = command.get_program().to_owned();
        let name = Path::new(&program).file_name().unwrap_or(&program);
        let name = name.to_string_lossy().into_owned();
        let log = dir.join(format!("{name}.out"));
        let out = File::create(&log)?;
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("`{name}` cannot be started"))?;
        Ok(Self { name, child, log })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Kills the process that was started, and nothing else.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn kill(&self) -> Result<()> {
        Ok(kill(Pid::from_raw(self.pid()), Signal::SIGKILL)?)
    }

    /// Everything it has printed so far.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// # Errors
    /// When the process has ended, with what it printed.
    pub(crate) fn ensure_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("`{}` ended with {status}:\n{}", self.name, self.output()),
        }
    }

    /// Whether it has ended well.
    ///
    /// # Errors
    /// When it has ended otherwise.
    pub(crate) fn has_finished(&mut self) -> Result<bool> {
        match self.child.try_wait()? {
            None => Ok(false),
            Some(status) if status.success() => Ok(true),
            Some(status) => bail!("`{}` ended with {status}:\n{}", self.name, self.output()),
        }
    }

    /// Ends the process, politely where it heeds, then all that it started.
    pub(crate) fn end(&mut self) {
        let tree = Process::tree(self.pid()).unwrap_or_default();
        if !self.is_over() {
            kill(Pid::from_raw(self.pid()), Signal::SIGTERM).ok();
            let begun = Instant::now();
            while !self.is_over() && begun.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(5));
            }
        }
        killpg(Pid::from_raw(self.pid()), Signal::SIGKILL).ok();
        // PHP workers stand in groups of their own.
        for process in tree {
            let same = Process::find(process.pid).ok().flatten();
            if same.is_some_and(|it| it.started == process.started) {
                kill(Pid::from_raw(process.pid), Signal::SIGKILL).ok();
            }
        }
        self.child.wait().ok();
    }

    fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_ends_grandchildren_in_groups_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 100 & wait"]);
        let group = Group::spawn(&mut command, dir.path()).unwrap();
        let sleeper = loop {
            let tree = Process::tree(group.pid()).unwrap();
            if let Some(found) = tree.iter().find(|it| it.name == "sleep") {
                break found.pid;
            }
        };
        drop(group);
        let begun = Instant::now();
        while is_alive(sleeper) {
            assert!(begun.elapsed() < PATIENCE, "{sleeper} goes on");
        }
    }

    /// A process that nobody has reaped yet is dead all the same.
    fn is_alive(pid: i32) -> bool {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|it| !it.contains(") Z "))
    }

    #[test]
    fn an_early_end_shows_what_was_printed() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such port >&2; exit 3"]);
        let mut group = Group::spawn(&mut command, dir.path()).unwrap();
        while !group.is_over() {}
        let error = group.ensure_running().unwrap_err().to_string();
        assert!(
            error.contains("no such port") && error.contains('3'),
            "{error}"
        );
    }
}
