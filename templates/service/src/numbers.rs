//! The numbers themselves. Knows nothing of the server.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Numbers in a row, shared by all who ask.
pub(crate) struct Numbers {
    next: AtomicU64,
    end: u64,
}

impl Numbers {
    /// Those from `first` on, `count` of them.
    pub(crate) fn new(first: u64, count: Option<NonZeroU64>) -> Self {
        let end = count.map_or(u64::MAX, |count| first.saturating_add(count.get()));
        Self {
            next: first.into(),
            end,
        }
    }

    /// One that nobody else gets; `None` if there is none left.
    pub(crate) fn next(&self) -> Option<u64> {
        let more = |next| (next < self.end).then(|| next + 1);
        self.next.fetch_update(Relaxed, Relaxed, more).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_handed_out_once() {
        let numbers = Numbers::new(7, NonZeroU64::new(2));
        let taken = [(); 3].map(|()| numbers.next());
        assert_eq!(taken, [Some(7), Some(8), None]);
    }
}
