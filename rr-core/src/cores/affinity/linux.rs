//! Which CPUs a thread runs on, and how long it has.

use std::{fs, io, sync::OnceLock, time::Duration};

use rustix::{
    process::{Pid, RawPid},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

/// A CPU, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cpu(usize);

/// Those that this program was started on. Asked once: its threads are bound to less afterwards.
fn all() -> &'static CpuSet {
    static ALL: OnceLock<CpuSet> = OnceLock::new();
    ALL.get_or_init(|| sched_getaffinity(None).unwrap_or_default())
}

/// Those that this program may run on.
pub(crate) fn allowed() -> Vec<Cpu> {
    let all = all();
    (0..CpuSet::MAX_CPU)
        .filter(|it| all.is_set(*it))
        .map(Cpu)
        .collect()
}

/// Binds a process, or the calling thread, to one CPU.
pub(crate) fn bind(process: Option<u32>, cpu: Cpu) -> io::Result<()> {
    // Before this thread has but one.
    all();
    let mut only = CpuSet::new();
    only.set(cpu.0);
    Ok(sched_setaffinity(id(process), &only)?)
}

/// Lets a process, or the calling thread, run where this program may.
pub(crate) fn free(process: Option<u32>) -> io::Result<()> {
    Ok(sched_setaffinity(id(process), all())?)
}

/// How long a process has run on a CPU; `None` where it is gone or the system does not tell.
pub(crate) fn cpu_time(process: u32) -> Option<Duration> {
    // Nanoseconds on a CPU, nanoseconds of waiting for one, time slices.
    let text = fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn id(process: Option<u32>) -> Option<Pid> {
    process.and_then(|it| Pid::from_raw(RawPid::try_from(it).ok()?))
}
