//! What PHP has executed, as it noted it itself.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context as _, Result};

use super::{shot::Fate, tally::Tally};

/// How often each request was executed.
#[derive(Debug, Default)]
pub(super) struct Ledger(HashMap<u64, usize>);

impl Ledger {
    /// Reads the file to which workers append a line `METHOD ID` for each request.
    pub(super) fn read(path: &Path) -> Result<Self> {
        // Nobody may have written yet.
        let text = fs::read_to_string(path).unwrap_or_default();
        Self::parse(&text).with_context(|| format!("`{}` is torn", path.display()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut ledger = Self::default();
        for line in text.lines() {
            let (_method, id) = line.split_once(' ')?;
            *ledger.0.entry(id.parse().ok()?).or_default() += 1;
        }
        Some(ledger)
    }

    pub(super) fn count(&self, id: u64) -> usize {
        self.0.get(&id).copied().unwrap_or_default()
    }

    /// What does not agree with the answers that clients got.
    pub(super) fn complaints(&self, tally: &Tally) -> Vec<String> {
        let mut complaints = Vec::new();
        for shot in tally.posts() {
            let times = self.count(shot.id);
            let refused = matches!(shot.fate, Fate::Status { status: 503, .. });
            if times > 1 {
                complaints.push(format!("executed {times} times: {shot}"));
            } else if times == 1 && refused {
                complaints.push(format!("executed, and refused all the same: {shot}"));
            } else if times == 0 && shot.fate == Fate::Good {
                complaints.push(format!("answered without being executed: {shot}"));
            }
        }
        complaints
    }

    /// Requests that were executed and not answered.
    pub(super) fn lost(&self, tally: &Tally) -> Vec<String> {
        let lost = tally.bad().filter(|shot| self.count(shot.id) > 0);
        lost.map(|shot| format!("executed and lost: {shot}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chaos::shot::{Method, Shot};

    fn check(ledger: &str, method: Method, fate: Fate, expected: &[&str]) {
        let shot = Shot {
            id: 7,
            method,
            target: "/".into(),
            at: Duration::ZERO,
            latency: Duration::ZERO,
            pid: None,
            fate,
        };
        let tally = Tally {
            shots: vec![shot],
            ..Tally::default()
        };
        let complaints = Ledger::parse(ledger).unwrap().complaints(&tally);
        assert_eq!(complaints.len(), expected.len(), "{complaints:?}");
        for (complaint, expected) in complaints.iter().zip(expected) {
            assert!(complaint.starts_with(expected), "{complaint}");
        }
    }

    #[test]
    fn posts_are_executed_once_at_most() {
        let full = Fate::Status {
            status: 503,
            retry_after: true,
        };
        let failed = Fate::Status {
            status: 500,
            retry_after: false,
        };
        check("POST 7\n", Method::Post, Fate::Good, &[]);
        check("POST 7\nGET 8\n", Method::Post, failed.clone(), &[]);
        check("", Method::Post, failed, &[]);
        check(
            "POST 7\nPOST 7\n",
            Method::Post,
            Fate::Good,
            &["executed 2 times"],
        );
        check("", Method::Post, Fate::Good, &["answered without"]);
        check(
            "POST 7\n",
            Method::Post,
            full.clone(),
            &["executed, and refused"],
        );
        check("", Method::Post, full, &[]);
        check("GET 7\nGET 7\n", Method::Get, Fate::Good, &[]);
    }
}
