//! Whether the system has memory for one more worker.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What has to stay free beside the new worker, in bytes.
const RESERVE: u64 = 32 << 20;

/// Whether one more of what `pids` are on average fits into what the system, and the control
/// group where there is one, has left. Where the system does not tell, there is room.
pub(super) fn is_for_one_more(pids: impl Iterator<Item = u32>) -> bool {
    let Ok(mut system) = System::new() else {
        return true;
    };
    system.refresh_memory();
    let pids: Vec<Pid> = pids.map(Pid::from_u32).collect();
    let what = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), false, what);
    let sizes = pids.iter().filter_map(|pid| system.process(*pid));
    let (count, sum) = sizes.fold((0, 0), |(count, sum), it| (count + 1, sum + it.memory()));
    let host = system.available_memory();
    let group = system.cgroup_limits().map(|it| it.free_memory);
    fits(sum / count.max(1), host, group)
}

fn fits(size: u64, host: u64, group: Option<u64>) -> bool {
    let free = group.map_or(host, |group| group.min(host));
    // Some systems say nothing, which reads as zero.
    host == 0 || size + RESERVE <= free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_of_host_and_group_decides() {
        let mib = |it: u64| it << 20;
        assert!(fits(mib(40), mib(100), None));
        assert!(!fits(mib(40), mib(71), None));
        assert!(!fits(mib(40), mib(1000), Some(mib(71))));
        assert!(fits(mib(40), mib(1000), Some(mib(72))));
        assert!(fits(mib(40), 0, None));
    }

    #[test]
    fn this_machine_has_room_for_something_small() {
        assert!(is_for_one_more(std::iter::empty()));
    }
}
