//! Flame graphs: where the time of a request goes, one function above those that called it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::watch::Watch;
use crate::interrupt::Interrupt;

/// Where the graphs go.
pub(super) struct Flames {
    folder: PathBuf,
}

/// Time, not cycles, which virtual machines do not tell; the stack is unwound by tables, as no register is kept for it.
const RECORD: [&str; 7] = [
    "record",
    "--quiet",
    "--event=cpu-clock",
    "--freq=997",
    "--call-graph=dwarf,16384",
    "--output=samples",
    "--no-buildid",
];

impl Flames {
    /// # Errors
    /// When the tools that draw are missing.
    pub(super) fn into(folder: &Path, sh: &Shell) -> Result<Self> {
        let found = cmd!(sh, "inferno-flamegraph --help").quiet().output();
        found.context("`inferno-flamegraph` is missing\nhelp: cargo install inferno --locked")?;
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        Ok(Self { folder })
    }

    /// Draws `title` of what `pids` do while `load` runs.
    pub(super) fn draw(
        &self,
        title: &str,
        pids: &[i32],
        interrupt: &Interrupt,
        load: impl FnOnce() -> Result<u64>,
    ) -> Result<()> {
        let watch = Watch::begin(&RECORD, pids, interrupt)?;
        load()?;
        let graph = self
            .folder
            .join(format!("{}.svg", title.replace([' ', ','], "-")));
        eprintln!("{}", graph.display());
        watch.end(interrupt, |dir| {
            let sh = Shell::new()?;
            sh.change_dir(dir);
            let stacks = cmd!(sh, "perf script --no-inline --input samples")
                .quiet()
                .ignore_stderr()
                .read()?;
            let folded = cmd!(sh, "inferno-collapse-perf")
                .quiet()
                .ignore_stderr()
                .stdin(stacks)
                .read()?;
            let drawn = cmd!(sh, "inferno-flamegraph --title {title}")
                .quiet()
                .stdin(folded)
                .read()?;
            Ok(fs::write(graph, drawn)?)
        })
    }
}
