//! What is counted, a request, and how it is told.

use std::collections::BTreeMap;

use serde::Serialize;

use super::probes;
use crate::bench::{sample::median, table::Row};

/// How often things happened, a request, by their names in the table.
pub(super) type Counts = BTreeMap<&'static str, f64>;

/// Events of the kernel's and the names they have in the table, in its order.
const EVENTS: &[(&str, &str)] = &[
    ("cycles", "cycles"),
    ("instructions", "instructions"),
    ("page-faults", "page faults"),
    ("cpu-migrations", "migrations"),
    ("sched:sched_waking", "wake-ups"),
    ("raw_syscalls:sys_enter", "system calls"),
    ("syscalls:sys_enter_epoll_wait", "epoll_wait"),
    ("syscalls:sys_enter_epoll_ctl", "epoll_ctl"),
    ("syscalls:sys_enter_poll", "poll"),
    ("syscalls:sys_enter_read", "read"),
    ("syscalls:sys_enter_readv", "readv"),
    ("syscalls:sys_enter_pread64", "pread"),
    ("syscalls:sys_enter_preadv2", "preadv2"),
    ("syscalls:sys_enter_recvfrom", "recvfrom"),
    ("syscalls:sys_enter_write", "write"),
    ("syscalls:sys_enter_writev", "writev"),
    ("syscalls:sys_enter_sendto", "sendto"),
    ("syscalls:sys_enter_sendfile64", "sendfile"),
    ("syscalls:sys_enter_openat", "openat"),
    ("syscalls:sys_enter_newfstat", "fstat"),
    ("syscalls:sys_enter_newfstatat", "fstatat"),
    ("syscalls:sys_enter_statx", "statx"),
    ("syscalls:sys_enter_lseek", "lseek"),
    ("syscalls:sys_enter_close", "close"),
    ("syscalls:sys_enter_accept4", "accept"),
    ("syscalls:sys_enter_setsockopt", "setsockopt"),
    ("syscalls:sys_enter_ioctl", "ioctl"),
    ("syscalls:sys_enter_futex", "futex"),
    (probes::FUNCTIONS[0].0, ALLOCATIONS),
    (probes::FUNCTIONS[1].0, ALLOCATIONS),
    (probes::FUNCTIONS[2].0, ALLOCATIONS),
];

/// By Rust's allocator, of the stock server alone.
const ALLOCATIONS: &str = "allocations";

/// What is shown as 0.01.
const SHOWN: f64 = 0.005;

/// Counts of one load, a request.
#[derive(Clone, Debug, Serialize)]
pub(in crate::bench) struct Observed {
    pub(super) server: Counts,
    /// Of all PHP processes together.
    pub(super) php: Counts,
}

impl Observed {
    /// Each count's median, where anything was counted.
    pub(in crate::bench) fn median<'a>(
        runs: impl Iterator<Item = &'a Self> + Clone,
    ) -> Option<Self> {
        runs.clone().next()?;
        Some(Self {
            server: medians(runs.clone().map(|it| &it.server)),
            php: medians(runs.map(|it| &it.php)),
        })
    }
}

fn medians<'a>(runs: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for (name, count) in runs.flatten() {
        all.entry(*name).or_default().push(*count);
    }
    let medians = all
        .into_iter()
        .map(|(name, counts)| Some((name, median(counts)?)));
    medians.flatten().collect()
}

/// The events to count; those of probes only where there are probes.
pub(super) fn events(probed: bool) -> String {
    let is_probe = |event: &str| probes::FUNCTIONS.iter().any(|(it, _)| *it == event);
    let events = EVENTS.iter().map(|(event, _)| *event);
    let events: Vec<_> = events.filter(|it| probed || !is_probe(it)).collect();
    events.join(",")
}

/// Counts a request, of lines as `17,,page-faults,...`. What the machine cannot count is left out.
pub(super) fn parse(printed: &str, requests: u64) -> Counts {
    let counted = printed.lines().filter_map(|line| {
        let mut fields = line.split(',');
        let count: f64 = match fields.next()? {
            // The processes have slept all the while.
            "<not counted>" => 0.0,
            count => count.parse().ok()?,
        };
        let event = fields.nth(1)?;
        let (_, name) = EVENTS.iter().find(|(it, _)| *it == event)?;
        Some((*name, count / requests as f64))
    });
    let mut counts = Counts::new();
    for (name, count) in counted {
        *counts.entry(name).or_default() += count;
    }
    counts
}

/// A line for each server and its PHP processes, a column for each count that is not nothing; `None` where
/// nothing was counted.
pub(in crate::bench) fn markdown(rows: &[Row]) -> Option<String> {
    let lines = rows.iter().flat_map(|row| {
        row.lines.iter().filter_map(|(who, sample)| {
            Some((row.case.title(), who.title(), sample.observed.as_ref()?))
        })
    });
    let lines: Vec<_> = lines
        .flat_map(|(case, who, it)| {
            [
                (format!("{case} | {who}"), &it.server),
                (format!("{case} | PHP of {who}"), &it.php),
            ]
        })
        .filter(|(_, counts)| counts.values().any(|it| *it >= SHOWN))
        .collect();
    (!lines.is_empty()).then(|| table(&lines))
}

fn table(rows: &[(String, &Counts)]) -> String {
    let seen = |name: &str| {
        let mut counts = rows.iter().filter_map(|(_, counts)| counts.get(name));
        counts.any(|it| *it >= SHOWN)
    };
    let names = EVENTS.iter().map(|(_, name)| *name);
    let mut names: Vec<_> = names.filter(|it| seen(it)).collect();
    names.dedup();
    let mut text = format!(
        "| case | of | {} |\n|---|---|{}\n",
        names.join(" | "),
        "---:|".repeat(names.len())
    );
    for (who, counts) in rows {
        let cells = names.iter().map(|name| match counts.get(name) {
            Some(count) if *count >= 100.0 => format!(" {count:.0} |"),
            Some(count) if *count > 0.0 => format!(" {count:.2} |"),
            _ => " |".to_owned(),
        });
        text += &format!("| {who} |{}\n", cells.collect::<String>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_a_request() {
        let printed = "# started on Sun Nov 29\n\n\
                       <not supported>,,cycles,0,100.00,,\n\
                       2000,,raw_syscalls:sys_enter,1000,100.00,,\n\
                       <not counted>,,page-faults,0,100.00,,\n\
                       3,,syscalls:sys_enter_futex,1000,100.00,,\n\
                       123456,,instructions,1000,100.00,,\n";
        let counts = parse(printed, 1000);
        let none = Counts::new();
        let rows = [
            ("hello | rr".into(), &counts),
            ("hello | PHP of rr".into(), &none),
        ];
        insta::assert_snapshot!(table(&rows), @r"
        | case | of | instructions | system calls |
        |---|---|---:|---:|
        | hello | rr | 123 | 2.00 |
        | hello | PHP of rr | | |
        ");
    }
}
