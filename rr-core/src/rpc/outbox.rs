//! Frames that wait to be written, handed to the socket many at a time.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};

/// A queue of frames that reads as one buffer, for vectored writes.
#[derive(Default)]
pub(super) struct Outbox {
    frames: VecDeque<Bytes>,
    len: usize,
}

impl Outbox {
    /// Adds a frame, which must not be empty.
    pub(super) fn push(&mut self, frame: Bytes) {
        debug_assert!(!frame.is_empty());
        self.len += frame.len();
        self.frames.push_back(frame);
    }
}

impl Buf for Outbox {
    fn remaining(&self) -> usize {
        self.len
    }

    fn chunk(&self) -> &[u8] {
        self.frames.front().map_or(&[], |frame| frame)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let filled = slices.iter_mut().zip(&self.frames);
        filled
            .map(|(slice, frame)| *slice = IoSlice::new(frame))
            .count()
    }

    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.len, "cannot advance behind the end");
        self.len -= count;
        while let Some(front) = self.frames.front_mut().filter(|_| count > 0) {
            let taken = count.min(front.len());
            front.advance(taken);
            count -= taken;
            if front.is_empty() {
                self.frames.pop_front();
            }
        }
    }
}
