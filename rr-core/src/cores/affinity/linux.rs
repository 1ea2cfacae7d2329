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

/// Binds the calling thread to one CPU.
pub(crate) fn bind_thread(cpu: Cpu) -> io::Result<()> {
    // Asked before this thread has but one.
    all();
    Ok(sched_setaffinity(None, &only(cpu))?)
}

/// Lets the calling thread run where this program may.
pub(crate) fn free_thread() -> io::Result<()> {
    Ok(sched_setaffinity(None, all())?)
}

/// Binds a process to one CPU.
///
/// # Errors
/// When it is gone or somebody else's, and when it was bound already, by `taskset` for example.
pub(crate) fn bind_process(pid: u32, cpu: Cpu) -> io::Result<()> {
    let pid = number(pid)?;
    if sched_getaffinity(Some(pid))? != *all() {
        return Err(io::Error::other(
            "it is bound to other CPUs than the server",
        ));
    }
    Ok(sched_setaffinity(Some(pid), &only(cpu))?)
}

/// Lets a process that was bound run where this program may.
///
/// # Errors
/// When it is gone or somebody else's.
pub(crate) fn free_process(pid: u32) -> io::Result<()> {
    Ok(sched_setaffinity(Some(number(pid)?), all())?)
}

/// How long a process has run on a CPU; `None` where it is gone or the system does not tell.
pub(crate) fn cpu_time(process: u32) -> Option<Duration> {
    // Nanoseconds on a CPU, nanoseconds of waiting for one, time slices.
    let text = fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn only(cpu: Cpu) -> CpuSet {
    let mut only = CpuSet::new();
    only.set(cpu.0);
    only
}

fn number(pid: u32) -> io::Result<Pid> {
    let number = RawPid::try_from(pid).ok().and_then(Pid::from_raw);
    number.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
