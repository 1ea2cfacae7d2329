//! Asks the kernel to end a process when its parent dies. The only unsafe code of the project.

use std::{io, process};

use nix::{
    errno::Errno,
    sys::{prctl::set_pdeathsig, signal::Signal},
    unistd::{Pid, getppid},
};
use tokio::process::Command;

use super::Guard;

/// Makes the process that `command` will start be killed, or asked to end, when the thread that
/// starts it ends.
///
/// It reaches that one process, and not what it starts itself.
pub(super) fn end_with_parent(command: &mut Command, guard: Guard) {
    let parent = process::id();
    let signal = match guard {
        Guard::Kill => Signal::SIGKILL,
        Guard::Terminate => Signal::SIGTERM,
    };
    let arm = move || {
        set_pdeathsig(signal)?;
        // A parent that died before the call is not noticed by it.
        match getppid() == Pid::from_raw(parent.cast_signed()) {
            true => Ok(()),
            false => Err(io::Error::from(Errno::ESRCH)),
        }
    };
    // Between fork and exec of a program with threads only async-signal-safe functions may be
    // called: no allocation, no lock. `arm` makes two system calls, and its errors are numbers.
    // It runs after the switch to another user, which would clear the setting.
    #[allow(unsafe_code)]
    // SAFETY: as said above; the closure owns two numbers and touches nothing else.
    unsafe {
        command.pre_exec(arm);
    }
}
