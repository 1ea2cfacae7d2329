//! All requests of a scenario, counted.

use std::{collections::BTreeMap, time::Duration};

use super::shot::{Fate, Method, Shot};

/// What became of the requests.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) shots: Vec<Shot>,
    /// From the end of the load to the last answer.
    pub(super) drained: Duration,
}

impl Tally {
    /// How many requests ended otherwise than they should, by kind: `POST 500` and the like.
    pub(super) fn failures(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for shot in self.bad() {
            let kind = format!("{} {}", shot.method, shot.fate.kind());
            *kinds.entry(kind).or_default() += 1;
        }
        kinds
    }

    pub(super) fn bad(&self) -> impl Iterator<Item = &Shot> {
        self.shots.iter().filter(|it| it.fate != Fate::Good)
    }

    pub(super) fn good(&self) -> usize {
        self.shots.len() - self.bad().count()
    }

    pub(super) fn posts(&self) -> impl Iterator<Item = &Shot> {
        self.shots.iter().filter(|it| it.method == Method::Post)
    }

    /// How many workers have answered.
    pub(super) fn workers(&self) -> usize {
        let mut pids: Vec<i32> = self.shots.iter().filter_map(|it| it.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        pids.len()
    }

    /// The latencies that the given shares of requests do not exceed; zero where there is no request.
    pub(super) fn latencies<const N: usize>(&self, shares: [f64; N]) -> [Duration; N] {
        let mut all: Vec<Duration> = self.shots.iter().map(|it| it.latency).collect();
        all.sort_unstable();
        shares.map(|share| {
            let at = (all.len() as f64 * share) as usize;
            let at = at.min(all.len().saturating_sub(1));
            all.get(at).copied().unwrap_or_default()
        })
    }
}
