//! One connection that keeps a window of calls in flight.

use std::{
    io::{Read, Write},
    time::Instant,
};

use anyhow::{Result, ensure};

use super::{Done, METHOD};
use crate::{
    interrupt::Interrupt,
    wire::{ERROR, JSON, Reader, encode},
};

/// A window of one is sent when its answer has come. A larger one is sent by halves, so that the server
/// has the one while the client reads the other.
pub(super) struct Client<S> {
    stream: S,
    batches: Vec<Batch>,
}

/// Calls that are sent at once, and what answers them. Both are always the same bytes, so that a
/// client spends next to nothing on them and the server is what is measured.
struct Batch {
    calls: Vec<u8>,
    answers: Vec<u8>,
    sent: Instant,
}

impl<S: Read + Write> Client<S> {
    /// Calls once, and learns what is answered.
    pub(super) fn on(mut stream: S, window: usize) -> Result<Self> {
        let (batches, size) = match window {
            1 => (1, 1),
            _ => (2, window / 2),
        };
        let mut sequence = 0;
        let batches = (0..batches).map(|_| {
            let first = sequence + 1;
            sequence += size as u32;
            Batch::learn(&mut stream, first..=sequence)
        });
        let batches = batches.collect::<Result<_>>()?;
        Ok(Self { stream, batches })
    }

    pub(super) fn call_until(mut self, end: Instant, interrupt: &Interrupt) -> Result<Done> {
        let mut done = Done::default();
        let mut answers = Vec::new();
        for batch in &mut self.batches {
            batch.send(&mut self.stream)?;
        }
        while Instant::now() < end {
            for batch in &mut self.batches {
                answers.resize(batch.answers.len(), 0);
                self.stream.read_exact(&mut answers)?;
                ensure!(
                    answers == batch.answers,
                    "`{METHOD}` answers other bytes than before"
                );
                done.latencies
                    .push(batch.sent.elapsed().as_secs_f64() * 1e6);
                batch.send(&mut self.stream)?;
            }
            if done.latencies.len().is_multiple_of(1024) {
                interrupt.check()?;
            }
        }
        let size = self.batches[0].size();
        done.calls = done.latencies.len() as u64 * size;
        Ok(done)
    }
}

impl Batch {
    fn learn<S: Read + Write>(
        stream: &mut S,
        sequences: std::ops::RangeInclusive<u32>,
    ) -> Result<Self> {
        let name = METHOD.len() as u32;
        let call = |sequence| encode(JSON, &[sequence, name], format!("{METHOD}true").as_bytes());
        let calls: Vec<u8> = sequences.clone().flat_map(call).collect();
        stream.write_all(&calls)?;
        let mut reader = Reader::new(stream);
        let mut answers = Vec::new();
        // They come as they went: each is answered at once.
        for sequence in sequences {
            let answer = reader.read()?;
            ensure!(
                answer.flags & ERROR == 0 && answer.options == [sequence, name],
                "`{METHOD}` answers {}",
                String::from_utf8_lossy(answer.payload),
            );
            answers.extend(encode(answer.flags, &answer.options, answer.payload));
        }
        Ok(Self {
            calls,
            answers,
            sent: Instant::now(),
        })
    }

    fn send(&mut self, stream: &mut impl Write) -> Result<()> {
        self.sent = Instant::now();
        stream.write_all(&self.calls)?;
        Ok(())
    }

    fn size(&self) -> u64 {
        let call = encode(JSON, &[1, 1], format!("{METHOD}true").as_bytes());
        (self.calls.len() / call.len()) as u64
    }
}
