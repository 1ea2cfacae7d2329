//! What `/proc` tells about processes: family, CPU time, memory.

use std::{collections::HashMap, fs, time::Duration};

use anyhow::{Context as _, Result};
use nix::unistd::{SysconfVar, sysconf};

/// One process, as it was when asked.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    parent: i32,
    /// The file name of the program, at most 15 bytes of it.
    pub(crate) name: String,
    /// User and system time of all its threads, also of those that ended. The kernel
    /// shows it in ticks of usually 10 ms.
    pub(crate) cpu: Duration,
    /// When it started, in ticks since boot: with the pid it names one process for good.
    pub(crate) started: u64,
}

impl Process {
    /// The process `pid`, or `None` if it is gone.
    pub(crate) fn find(pid: i32) -> Result<Option<Self>> {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            return Ok(None);
        };
        Self::parse(&stat)
            .with_context(|| format!("/proc/{pid}/stat reads `{stat}`"))
            .map(Some)
    }

    /// `root` and everything below it, `root` first.
    pub(crate) fn tree(root: i32) -> Result<Vec<Self>> {
        let mut children: HashMap<i32, Vec<Self>> = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            if let Some(pid) = name.to_str().and_then(|it| it.parse().ok())
                && let Some(process) = Self::find(pid)?
            {
                children.entry(process.parent).or_default().push(process);
            }
        }
        let mut tree: Vec<Self> = Self::find(root)?.into_iter().collect();
        let mut at = 0;
        while let Some(process) = tree.get(at) {
            tree.extend(children.remove(&process.pid).unwrap_or_default());
            at += 1;
        }
        Ok(tree)
    }

    /// Resident memory in bytes, shared pages included; 0 if it is gone.
    pub(crate) fn resident(&self) -> u64 {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid));
        let rollup = rollup.unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"));
        let kib = line.and_then(|it| it.trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.unwrap_or_default() * 1024
    }

    fn parse(stat: &str) -> Option<Self> {
        // The name stands in brackets and may itself hold brackets and spaces.
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        // From the state on, which proc(5) counts as field 3.
        let fields: Vec<&str> = rest.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.trim().parse::<u64>().ok();
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            name: name.into(),
            cpu: Duration::from_secs(field(14)? + field(15)?) / ticks_per_second(),
            started: field(22)?,
        })
    }
}

fn ticks_per_second() -> u32 {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten();
    ticks.and_then(|it| it.try_into().ok()).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_do_not_shift_the_fields() {
        let stat = "7 (a) (b c) S 3 7 7 0 -1 4194560 1 2 3 4 150 50 9 9 20 0 1 0 4711 5 6";
        let process = Process::parse(stat).unwrap();
        assert_eq!((process.pid, process.parent), (7, 3));
        assert_eq!(process.name, "a) (b c");
        assert_eq!(process.cpu * ticks_per_second(), Duration::from_secs(200));
        assert_eq!(process.started, 4711);
    }

    #[test]
    fn this_process_is_found_with_its_memory() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let tree = Process::tree(pid).unwrap();
        assert_eq!(tree[0].pid, pid);
        assert!(tree[0].resident() > 500_000);
    }
}
