//! One of a program's processes: watched, started again, stopped.

use std::{sync::Arc, time::SystemTime};

use rr_core::{
    lifecycle::Stop,
    process::{Process, Signal},
};
use tokio::{
    sync::watch,
    time::{Duration, Instant, sleep, timeout_at},
};

use super::program::Program;

/// What one process is doing.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It runs.
    Running {
        /// Its process id.
        pid: u32,
        /// When it was started.
        since: SystemTime,
    },
    /// It does not, with the reason.
    Down(String),
}

/// Where a slot tells its state.
pub(super) type Tell = Arc<watch::Sender<State>>;

/// How long the end of a killed process is waited for: one of another user may not be ours to kill.
const UNKILLABLE: Duration = Duration::from_secs(5);

/// How often it is looked whether anything is left of a group.
const LOOK: Duration = Duration::from_millis(50);

enum End {
    /// By itself, or after its time was over.
    Ended(String),
    /// The slot was to stop.
    Stopped,
}

/// Keeps a process going that was just started, until `stop` resolves or it is to stay down.
pub(super) async fn keep(program: Arc<Program>, first: Process, tell: Tell, stop: Stop) {
    let mut process = first;
    loop {
        let pid = process.pid();
        let since = SystemTime::now();
        tell.send_replace(State::Running { pid, since });
        let why = match watch_one(&program, &process, &stop).await {
            End::Stopped => return drop(tell.send_replace(State::Down("stopped".to_owned()))),
            End::Ended(why) => why,
        };
        tell.send_replace(State::Down(why));
        let Some(pause) = program.restart else { return };
        let Some(next) = start_again(&program, pause, &tell, &stop).await else {
            return;
        };
        process = next;
    }
}

async fn watch_one(program: &Program, process: &Process, stop: &Stop) -> End {
    let (service, pid) = (&*program.name, process.pid());
    let time = async {
        match program.exec_timeout {
            Some(limit) => sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        status = process.ended() => {
            let status = status.map_or_else(|| "unknown status".to_owned(), |it| it.to_string());
            let is_restarted = program.restart.is_some();
            tracing::info!(target: "service", service, pid, status, is_restarted, "process ended");
            process.signal_others(Signal::Interrupt);
            end_others(program, process, Instant::now() + program.stop).await;
            End::Ended(format!("ended with {status}"))
        }
        () = stop.cancelled() => {
            end(program, process).await;
            End::Stopped
        }
        () = time => {
            tracing::warn!(target: "service", service, pid, "process ran for `exec_timeout` and is stopped");
            end(program, process).await;
            End::Ended("ran for `exec_timeout`".to_owned())
        }
    }
}

/// Asks a process and all that it started to end, and ends them where that takes too long.
async fn end(program: &Program, process: &Process) {
    let until = Instant::now() + program.stop;
    process.signal(Signal::Interrupt);
    if timeout_at(until, process.ended()).await.is_ok() {
        return end_others(program, process, until).await;
    }
    let (service, pid) = (&*program.name, process.pid());
    let limit = program.stop.as_secs_f64();
    tracing::warn!(target: "service", service, pid, "process did not end within {limit} s of SIGINT and is killed");
    process.signal(Signal::Kill);
    if process.ended_within(UNKILLABLE).await.is_none() {
        tracing::error!(target: "service", service, pid, "process cannot be killed");
    }
}

/// Waits for what a process has left behind: `npm` ends before the program that it runs, which
/// still holds its port.
async fn end_others(program: &Program, process: &Process, until: Instant) {
    while process.has_left_others() {
        if Instant::now() >= until {
            let (service, pid) = (&*program.name, process.pid());
            tracing::warn!(target: "service", service, pid, "what the process had started did not end and is killed");
            process.signal_others(Signal::Kill);
            return;
        }
        sleep(LOOK).await;
    }
}

/// The next process after a pause, however often it takes; `None` where the slot is to stop.
async fn start_again(
    program: &Program,
    pause: Duration,
    tell: &Tell,
    stop: &Stop,
) -> Option<Process> {
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return None,
        }
        match program.start().await {
            Ok(process) => return Some(process),
            Err(error) => {
                tracing::error!(target: "service", "{error}");
                tell.send_replace(State::Down(error.to_string()));
            }
        }
    }
}
