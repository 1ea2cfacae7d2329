//! The verdict on a scenario: what was seen that may not be.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;

use super::{
    rest::Rest,
    server::Server,
    shot::{Fate, Method, Shot},
    tally::Tally,
};

/// How many of a kind are told.
const TOLD: usize = 5;

/// What came out of a scenario.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) requests: usize,
    /// What was done to the server, with how often.
    pub(super) trouble: String,
    /// Requests that did not end well, forgiven or not, by kind.
    pub(super) failures: BTreeMap<String, usize>,
    /// Half of the requests, 99 of a hundred, and all of them took no longer.
    pub(super) latencies: [Duration; 3],
    /// What may not be; the scenario passes where there is nothing.
    pub(super) complaints: Vec<String>,
}

impl Report {
    /// The beginning of a report: the figures of `tally`.
    pub(super) fn new(tally: &Tally, trouble: impl Into<String>) -> Self {
        Self {
            requests: tally.shots.len(),
            trouble: trouble.into(),
            failures: tally.failures(),
            latencies: tally.latencies([0.5, 0.99, 1.0]),
            complaints: Vec::new(),
        }
    }

    /// Complains unless `holds`.
    pub(super) fn expect(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            self.complaints.push(complaint());
        }
    }

    /// Complains of each request that is not good, save those that `may` be so.
    pub(super) fn judge(&mut self, tally: &Tally, may: impl Fn(&Shot) -> bool) {
        let bad = tally.bad().filter(|it| !may(it));
        self.tell(bad.map(Shot::to_string).collect());
    }

    /// Complains of each bad request, but for POSTs that were answered 500, one for each of
    /// `deaths`: nobody may repeat them.
    pub(super) fn judge_deaths(&mut self, tally: &Tally, deaths: usize) {
        self.judge(tally, lost);
        self.judge_lost(tally, deaths);
    }

    /// The same where the server may refuse requests with the word when to come again.
    pub(super) fn judge_overload(&mut self, tally: &Tally, deaths: usize) {
        self.judge(tally, |it| it.fate.is_refusal() || lost(it));
        self.judge_lost(tally, deaths);
    }

    fn judge_lost(&mut self, tally: &Tally, deaths: usize) {
        let count = tally.bad().filter(|it| lost(it)).count();
        self.expect(count <= deaths, || {
            format!("{count} POSTs were answered 500, while {deaths} workers died")
        });
    }

    /// Complains where PHP has executed what it should not have, and where the server does
    /// not come to rest as it was `before`.
    pub(super) fn settle(&mut self, tally: &Tally, server: &Server, before: &Rest) -> Result<()> {
        self.tell(server.ledger()?.complaints(tally));
        self.complaints.extend(before.complaints(server)?);
        if !self.complaints.is_empty() {
            let log = server.log(TOLD).into_iter();
            self.complaints.extend(log.map(|it| format!("log: {it}")));
        }
        Ok(())
    }

    /// The first of many complaints of one kind, and how many there are.
    pub(super) fn tell(&mut self, complaints: Vec<String>) {
        let more = complaints.len().saturating_sub(TOLD);
        self.complaints.extend(complaints.into_iter().take(TOLD));
        if more > 0 {
            self.complaints.push(format!("and {more} more"));
        }
    }
}

/// A POST whose worker was lost.
fn lost(shot: &Shot) -> bool {
    shot.method == Method::Post && matches!(shot.fate, Fate::Status { status: 500, .. })
}
