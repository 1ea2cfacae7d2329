//! Starts processes that die with the server, whatever it dies of.
//!
//! The kernel sends SIGKILL to a process when the *thread* that started it ends. So all are
//! started by one thread that ends with the program and not before.

use std::{
    io,
    sync::{OnceLock, mpsc},
    thread,
};

use tokio::{process::Command, runtime::Handle, sync::oneshot};

pub use tokio::process::Child;

use crate::{
    cores::affinity,
    process::{Guard, parent_death},
};

/// A process to be started; it is watched by the runtime of whoever asked.
struct Job {
    command: Command,
    guard: Guard,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

/// A static, since what is started must not die with the service or the runtime that asked first.
static LAUNCHER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();

/// Starts `command`. A dropped call kills what it has started.
pub(in crate::process) async fn spawn(command: Command, guard: Guard) -> io::Result<Child> {
    let (reply, started) = oneshot::channel();
    let job = Job {
        command,
        guard,
        runtime: Handle::current(),
        reply,
    };
    let gone = |_| io::Error::other("the thread that starts processes has ended");
    launcher()?.send(job).map_err(|_| gone(()))?;
    started.await.map_err(|_| gone(()))?
}

fn launcher() -> io::Result<&'static mpsc::Sender<Job>> {
    if let Some(launcher) = LAUNCHER.get() {
        return Ok(launcher);
    }
    let (jobs, received) = mpsc::channel();
    thread::Builder::new()
        .name("launcher".to_owned())
        .spawn(move || run(&received))?;
    // Of two that come at once one wins; the thread of the other one has nothing to do and ends.
    Ok(LAUNCHER.get_or_init(|| jobs))
}

fn run(jobs: &mpsc::Receiver<Job>) {
    // Whoever asked first may be bound to a core, which this thread has inherited and its children would.
    affinity::free_thread().ok();
    for job in jobs {
        let Job {
            mut command,
            guard,
            runtime,
            reply,
        } = job;
        let _runtime = runtime.enter();
        parent_death::end_with_parent(&mut command, guard);
        // Nobody waits any more: dropped, the process is killed.
        drop(reply.send(command.spawn()));
    }
}
