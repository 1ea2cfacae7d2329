//! What `/proc` tells about processes: family, CPU time, memory, descriptors.

use std::{collections::HashMap, fs, time::Duration};

use anyhow::{Context as _, Result};
use nix::unistd::{SysconfVar, sysconf};

/// One process, as it was when asked.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Ended, and waiting for its parent to hear of it.
    pub(crate) zombie: bool,
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
        for pid in pids()? {
            if let Some(process) = Self::find(pid)? {
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
        kib(&rollup.unwrap_or_default(), "Rss:")
    }

    /// Its memory in bytes, shared pages in equal shares; 0 if it is gone.
    pub(crate) fn proportional(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.pid);
        kib(&fs::read_to_string(path).unwrap_or_default(), "Pss:")
    }

    /// The most resident memory it has had, in bytes; 0 if it is gone.
    pub(crate) fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        kib(&status, "VmHWM:")
    }

    /// How often its threads were put on a CPU and taken off again, those that ended left out; 0 if it is gone.
    pub(crate) fn switches(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid));
        let threads = threads.into_iter().flatten().flatten();
        threads
            .map(|thread| {
                let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
                ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"]
                    .map(|key| number(&status, key))
                    .iter()
                    .sum::<u64>()
            })
            .sum()
    }

    /// Its open descriptors; 0 if it is gone.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, Iterator::count)
    }

    /// All processes with `text` in their command line.
    pub(crate) fn mentioning(text: &str) -> Result<Vec<Self>> {
        let all = pids()?.into_iter();
        let mentions = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(text)
        };
        let found = all.filter(mentions).map(Self::find);
        Ok(found
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect())
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
            zombie: *fields.first()? == "Z",
            name: name.into(),
            cpu: Duration::from_secs(field(14)? + field(15)?) / ticks_per_second(),
            started: field(22)?,
        })
    }
}

fn pids() -> Result<Vec<i32>> {
    let names = fs::read_dir("/proc")?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<Result<Vec<_>>>()?;
    Ok(names
        .iter()
        .filter_map(|it| it.to_str()?.parse().ok())
        .collect())
}

/// The bytes that a line `KEY 123 kB` tells of; 0 where there is none.
fn kib(lines: &str, key: &str) -> u64 {
    number(lines, key) * 1024
}

/// What a line `KEY 123` or `KEY 123 kB` tells; 0 where there is none.
fn number(lines: &str, key: &str) -> u64 {
    let line = lines.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|it| it.trim_end_matches("kB").trim().parse().ok())
        .unwrap_or_default()
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
        assert!(!process.zombie);
        assert!(Process::parse(&stat.replace(") S", ") Z")).unwrap().zombie);
    }

    #[test]
    fn this_process_is_found_with_its_memory() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let tree = Process::tree(pid).unwrap();
        assert_eq!(tree[0].pid, pid);
        assert!(tree[0].resident() > 500_000);
        assert!(tree[0].peak() >= tree[0].resident());
        assert!(tree[0].descriptors() > 2);
        assert!(tree[0].switches() > 0);
    }
}
