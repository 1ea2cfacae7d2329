//! Quantiles of a stream of values in little room: the summary of Greenwald and Khanna,
//! "Space-Efficient Online Computation of Quantile Summaries".
//!
//! One precision holds for all quantiles. Sketches that are exact around some of them alone take less,
//! and lose what they promise where later values move a coarse part to such a place.

use super::objectives::{Objective, Objectives};

/// Values that are taken in at a time.
const BUFFER: usize = 500;

/// A sketch of the values so far.
pub(super) struct Stream {
    /// The least error asked for; none where nobody will ask.
    precision: Option<f64>,
    /// Rising.
    samples: Vec<Sample>,
    buffer: Vec<f64>,
    /// Values in `samples`.
    count: u64,
}

/// Stands for itself and for the values between the one before and itself.
#[derive(Clone, Copy)]
struct Sample {
    value: f64,
    /// How many values.
    width: u64,
    /// How much farther up its rank may be.
    slack: u64,
}

impl Stream {
    pub(super) fn new(objectives: &Objectives) -> Self {
        Self {
            precision: objectives.precision(),
            samples: Vec::new(),
            buffer: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn insert(&mut self, value: f64) {
        if self.precision.is_none() {
            return;
        }
        self.buffer.push(value);
        if self.buffer.len() == BUFFER {
            self.flush();
        }
    }

    /// A value whose rank is as near as `objective`, one of its own, asks; `None` if there is no value.
    pub(super) fn query(&mut self, objective: &Objective) -> Option<f64> {
        self.flush();
        let count = self.count as f64;
        let limit = (objective.quantile * count).ceil() + (objective.error * count).floor();
        let mut below = 0;
        let mut answer = self.samples.first()?.value;
        for pair in self.samples.windows(2) {
            below += pair[0].width;
            if (below + pair[1].width + pair[1].slack) as f64 > limit {
                return Some(answer);
            }
            answer = pair[1].value;
        }
        Some(answer)
    }

    /// How many values a sample may stand for, its slack included.
    fn tolerance(&self) -> u64 {
        let error = self.precision.unwrap_or_default();
        (2.0 * error * self.count as f64) as u64
    }

    /// Merges the buffer into the samples, then joins samples that need not be told apart.
    fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let mut new = std::mem::take(&mut self.buffer);
        new.sort_unstable_by(f64::total_cmp);
        let old = std::mem::take(&mut self.samples);
        let mut merged = Vec::with_capacity(old.len() + new.len());
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        while let Some(&value) = new.peek() {
            let sample = match old.next_if(|it| it.value <= value) {
                Some(sample) => sample,
                None => {
                    new.next();
                    self.count += 1;
                    // Of the values that the next sample stands for, any may be below.
                    let next = old.peek().filter(|_| !merged.is_empty());
                    let slack = next.map_or(0, |it| it.width + it.slack - 1);
                    Sample {
                        value,
                        width: 1,
                        slack,
                    }
                }
            };
            merged.push(sample);
        }
        merged.extend(old);
        self.samples = merged;
        self.compress();
    }

    fn compress(&mut self) {
        let mut kept: Vec<Sample> = Vec::with_capacity(self.samples.len());
        let tolerance = self.tolerance();
        let last = self.samples.len().saturating_sub(1);
        for (at, sample) in std::mem::take(&mut self.samples)
            .into_iter()
            .enumerate()
            .rev()
        {
            // The first and the last stay what they are: the least and the greatest value.
            let inside = at > 0 && at + 1 < last;
            match kept.last_mut().filter(|_| inside) {
                Some(next) if next.width + sample.width + next.slack <= tolerance => {
                    next.width += sample.width;
                }
                _ => kept.push(sample),
            }
        }
        kept.reverse();
        self.samples = kept;
    }

    /// How much is kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }
}
