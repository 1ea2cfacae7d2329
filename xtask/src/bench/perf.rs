//! What a request makes a server do, seen by the kernel: counts and flame graphs.
//!
//! Looking costs time, so it has a load of its own beside the one that is timed.

mod counts;
mod flame;
mod probes;
mod watch;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

pub(super) use self::counts::{Observed, markdown};
use self::{counts::Counts, flame::Flames, probes::Probes, watch::Watch};
use super::site::Site;
use crate::interrupt::Interrupt;

/// What to look at.
#[derive(clap::Args)]
pub(super) struct Look {
    /// Counts by `perf`, under a load of its own, what a request makes the server do
    #[arg(long)]
    pub(super) counts: bool,
    /// Draws a flame graph of the server for each case into FOLDER, under a load of its own
    #[arg(long, value_name = "FOLDER")]
    pub(super) flame: Option<PathBuf>,
}

/// A kernel that looks for us.
pub(super) struct Perf {
    counting: Option<Counting>,
    flames: Option<Flames>,
}

/// What is counted.
struct Counting {
    /// As [`counts::events`] has it.
    events: String,
    /// In the stock server, if it takes part.
    _probes: Option<Probes>,
}

impl Perf {
    /// `rr` is probed where it allocates, if it takes part.
    ///
    /// # Errors
    /// When a tool is missing, or the kernel does not let us.
    pub(super) fn start(look: &Look, sh: &Shell, rr: Option<&Path>) -> Result<Self> {
        let counting = look.counts.then(|| {
            let tried = cmd!(sh, "perf stat -e raw_syscalls:sys_enter true").quiet();
            tried.ignore_stdout().ignore_stderr().run().context(
                "the kernel counts no system calls for us\n\
                 help: apt-get install linux-perf; as root, `mount -t tracefs nodev /sys/kernel/tracing`",
            )?;
            let probes = rr.map(|it| Probes::set(sh, it)).transpose()?;
            anyhow::Ok(Counting {
                events: counts::events(probes.is_some()),
                _probes: probes,
            })
        });
        let flames = look.flame.as_deref().map(|it| Flames::into(it, sh));
        Ok(Self {
            counting: counting.transpose()?,
            flames: flames.transpose()?,
        })
    }

    /// What `site` does a request while `load` runs, which returns the number of requests.
    pub(super) fn observe(
        &self,
        title: &str,
        site: &Site,
        interrupt: &Interrupt,
        load: impl Fn() -> Result<u64>,
    ) -> Result<Option<Observed>> {
        let (server, php) = site.pids()?;
        if let Some(flames) = &self.flames {
            flames.draw(title, &server, interrupt, &load)?;
        }
        let Some(counting) = &self.counting else {
            return Ok(None);
        };
        let options = [
            "stat",
            "--field-separator=,",
            "--output=counts",
            "--event",
            &counting.events,
        ];
        let begin = |pids: &[i32]| {
            let some = (!pids.is_empty()).then(|| Watch::begin(&options, pids, interrupt));
            some.transpose()
        };
        let (server, php) = (begin(&server)?, begin(&php)?);
        let requests = load()?;
        let end = |watch: Option<Watch>| match watch {
            Some(watch) => watch.end(interrupt, |dir| counted(dir, requests)),
            None => Ok(Counts::new()),
        };
        Ok(Some(Observed {
            server: end(server)?,
            php: end(php)?,
        }))
    }
}

fn counted(dir: &Path, requests: u64) -> Result<Counts> {
    let printed = fs::read_to_string(dir.join("counts"))?;
    let counts = counts::parse(&printed, requests);
    ensure!(!counts.is_empty(), "`perf` counted nothing:\n{printed}");
    Ok(counts)
}
