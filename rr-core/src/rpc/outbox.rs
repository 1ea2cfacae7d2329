//! Answers that wait to be written, handed to the socket many at a time.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes, BytesMut};

/// A frame up to so many bytes is copied to its neighbours, which costs less than to keep it apart.
const SMALL: usize = 4 << 10;

/// The room for small frames that an idle connection may keep, in bytes.
const KEPT: usize = 64 << 10;

/// A queue of frames that reads as one buffer, for vectored writes.
#[derive(Default)]
pub(super) struct Outbox {
    /// Large frames as they are, and runs of small ones before those.
    frames: VecDeque<Bytes>,
    /// The small ones behind all that.
    tail: BytesMut,
    len: usize,
}

impl Outbox {
    /// Adds a frame, which must not be empty.
    pub(super) fn push(&mut self, frame: Bytes) {
        debug_assert!(!frame.is_empty());
        self.len += frame.len();
        if frame.len() <= SMALL {
            self.tail.extend_from_slice(&frame);
            return;
        }
        if !self.tail.is_empty() {
            self.frames.push_back(self.tail.split().freeze());
        }
        self.frames.push_back(frame);
    }
}

impl Buf for Outbox {
    fn remaining(&self) -> usize {
        self.len
    }

    fn chunk(&self) -> &[u8] {
        self.frames.front().map_or(&self.tail, |frame| frame)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let tail = (!self.tail.is_empty()).then_some(&*self.tail);
        let chunks = self.frames.iter().map(|frame| &**frame).chain(tail);
        let filled = slices.iter_mut().zip(chunks);
        filled
            .map(|(slice, chunk)| *slice = IoSlice::new(chunk))
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
        self.tail.advance(count);
        if self.tail.is_empty() && self.tail.capacity() > KEPT {
            self.tail = BytesMut::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Frames of all sizes, taken by writes of any length in between.
        #[test]
        fn what_goes_in_comes_out(
            steps in prop::collection::vec((1_usize..3 * SMALL, 0_usize..4 * SMALL), 1..20),
        ) {
            let (mut outbox, mut pushed, mut written) = (Outbox::default(), Vec::new(), Vec::new());
            for (number, (size, taken)) in steps.iter().enumerate() {
                let frame = vec![number as u8; *size];
                pushed.extend_from_slice(&frame);
                outbox.push(frame.into());
                let mut slices = [IoSlice::new(&[]); 64];
                let filled = outbox.chunks_vectored(&mut slices);
                let seen: Vec<u8> = slices[..filled].iter().flat_map(|it| it.to_vec()).collect();
                prop_assert_eq!(seen.len(), outbox.remaining());
                prop_assert!(seen.starts_with(outbox.chunk()));
                let taken = *taken.min(&seen.len());
                written.extend_from_slice(&seen[..taken]);
                outbox.advance(taken);
            }
            written.extend_from_slice(&outbox.copy_to_bytes(outbox.remaining()));
            prop_assert_eq!(written, pushed);
            prop_assert!(!outbox.has_remaining());
        }
    }
}
