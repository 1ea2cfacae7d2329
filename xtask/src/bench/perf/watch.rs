//! A `perf` that looks at processes until it is told to end.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::Result;
use tempfile::TempDir;

use crate::{interrupt::Interrupt, process::Group};

/// How long `perf` may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(5);

/// It runs in a folder of its own, where it leaves what it sees.
pub(super) struct Watch {
    perf: Group,
    dir: TempDir,
}

impl Watch {
    /// Runs `perf` with `options`, which say where the result goes; returns once it looks.
    pub(super) fn begin(options: &[&str], pids: &[i32], interrupt: &Interrupt) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let pids: Vec<_> = pids.iter().map(i32::to_string).collect();
        // Its own command begins after the looking, and ends it.
        let until_told = ": >begun; until [ -e over ]; do sleep 0.05; done";
        let mut command = Command::new("perf");
        command
            .args(options)
            .args(["--pid", &pids.join(",")])
            .args(["sh", "-c", until_told])
            .current_dir(dir.path());
        let mut perf = Group::spawn(&mut command, dir.path())?;
        let begun = dir.path().join("begun");
        interrupt.wait("`perf`", PATIENCE, PAUSE, || {
            perf.ensure_running()?;
            Ok(begun.exists().then_some(()))
        })?;
        Ok(Self { perf, dir })
    }

    /// What `read` makes of the folder, once `perf` has ended.
    pub(super) fn end<T>(
        mut self,
        interrupt: &Interrupt,
        read: impl FnOnce(&Path) -> Result<T>,
    ) -> Result<T> {
        fs::write(self.dir.path().join("over"), "")?;
        interrupt.wait("`perf`", PATIENCE, PAUSE, || {
            Ok(self.perf.has_finished()?.then_some(()))
        })?;
        read(self.dir.path())
    }
}
