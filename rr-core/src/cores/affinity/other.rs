//! Where threads are not bound to CPUs.

use std::{convert::Infallible, io, time::Duration};

/// A CPU; there is none that could be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cpu(Infallible);

pub(crate) fn allowed() -> Vec<Cpu> {
    Vec::new()
}

pub(crate) fn bind_thread(cpu: Cpu) -> io::Result<()> {
    match cpu.0 {}
}

pub(crate) fn free_thread() -> io::Result<()> {
    Ok(())
}

pub(crate) fn bind_process(_pid: u32, cpu: Cpu) -> io::Result<()> {
    match cpu.0 {}
}

pub(crate) fn free_process(_pid: u32) -> io::Result<()> {
    Ok(())
}

pub(crate) fn cpu_time(_process: u32) -> Option<Duration> {
    None
}
