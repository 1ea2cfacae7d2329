//! Fingerprints to remember something by, without keeping it.

use std::hash::{BuildHasher as _, Hash, RandomState};

/// Makes fingerprints with keys that only this process has: nobody can find a second value with
/// the fingerprint of the first.
#[derive(Clone, Default)]
pub(crate) struct Fingerprints([RandomState; 2]);

impl Fingerprints {
    /// The fingerprint of a value.
    pub(crate) fn of(&self, value: impl Hash) -> u128 {
        let [high, low] = [&self.0[0], &self.0[1]].map(|keys| u128::from(keys.hash_one(&value)));
        high << 64 | low
    }
}
