//! What `/proc` tells of processes, for tests that start and kill some.
#![cfg(target_os = "linux")]

use std::{fs, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::sleep;

pub(crate) fn pids() -> impl Iterator<Item = u32> {
    let all = fs::read_dir("/proc").unwrap();
    all.filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok())
}

/// State and parent of a process; `None` where there is none.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

pub(crate) fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}

pub(crate) fn parent(pid: u32) -> Option<u32> {
    Some(stat(pid)?.1)
}

pub(crate) fn children(parent: u32) -> Vec<u32> {
    pids()
        .filter(|it| self::parent(*it) == Some(parent))
        .collect()
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..3000 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("not so after 30 s: {what}");
}
