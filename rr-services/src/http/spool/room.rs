//! How much of what is large may be in memory for a moment, that of all clients together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// More than this goes to disk at once.
const MOST: usize = 64 << 20;

/// The room that is taken.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Room(Arc<AtomicUsize>);

/// Some of it; given back when it is dropped.
#[derive(Debug)]
pub(in super::super) struct Place {
    room: Room,
    bytes: usize,
}

impl Room {
    /// Takes room for so many bytes, if there is as much.
    pub(in super::super) fn take(&self, bytes: usize) -> Option<Place> {
        let place = Place {
            room: self.clone(),
            bytes,
        };
        let taken = self.0.fetch_add(bytes, Relaxed);
        // What does not fit is given back by the drop.
        (taken.saturating_add(bytes) <= MOST).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.0.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let room = Room::default();
        let first = room.take(MOST - 1);
        assert!(first.is_some());
        assert!(room.take(2).is_none());
        let second = room.take(1);
        assert!(second.is_some() && room.take(1).is_none());
        drop(first);
        assert!(room.take(MOST - 1).is_some());
    }
}
