//! Goridge frames by blocking I/O. Written apart from rr-core: a ruler shares nothing with what it measures.

use std::io::{self, Read};

use anyhow::{Result, bail, ensure};

pub(crate) const CONTROL: u8 = 0x01;
pub(crate) const JSON: u8 = 0x08;
pub(crate) const ERROR: u8 = 0x40;

const HEADER: usize = 12;

/// A frame inside the buffer of its [`Reader`].
#[derive(Debug, PartialEq)]
pub(crate) struct Frame<'a> {
    pub(crate) flags: u8,
    pub(crate) options: Vec<u32>,
    pub(crate) payload: &'a [u8],
}

/// The bytes of a frame.
pub(crate) fn encode(flags: u8, options: &[u32], payload: &[u8]) -> Vec<u8> {
    let words = HEADER / 4 + options.len();
    let mut bytes = vec![1 << 4 | words as u8, flags];
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend([0, 0]);
    for option in options {
        bytes.extend(option.to_le_bytes());
    }
    bytes.extend(payload);
    bytes
}

/// Takes frames off a stream, with one read for each where the peer wrote it at once.
pub(crate) struct Reader<R> {
    stream: R,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: vec![0; 128 * 1024],
            begin: 0,
            end: 0,
        }
    }

    /// The next frame.
    ///
    /// # Errors
    /// At the end of the stream, or where it holds no frame.
    pub(crate) fn read(&mut self) -> Result<Frame<'_>> {
        self.fill(HEADER)?;
        let head = &self.buffer[self.begin..self.begin + HEADER];
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if crc32fast::hash(&head[..6]) != word(6) {
            bail!("not a frame: {:?}", String::from_utf8_lossy(head));
        }
        let (flags, length) = (head[1], word(2) as usize);
        let options = usize::from(head[0] & 0x0f).saturating_sub(HEADER / 4);
        let payload = HEADER + 4 * options;
        self.fill(payload + length)?;
        let frame = &self.buffer[self.begin..self.begin + payload + length];
        self.begin += frame.len();
        let options = frame[HEADER..payload].chunks_exact(4);
        Ok(Frame {
            flags,
            options: options
                .map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]))
                .collect(),
            payload: &frame[payload..],
        })
    }

    /// Reads until at least `need` bytes are there.
    fn fill(&mut self, need: usize) -> Result<()> {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
        if self.begin + need > self.buffer.len() {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
            self.buffer.resize(self.buffer.len().max(need), 0);
        }
        while self.end - self.begin < need {
            let read = match self.stream.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                outcome => outcome?,
            };
            ensure!(read > 0, "the stream ended");
            self.end += read;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_call_is_written_and_read() {
        let recorded =
            b"\x15\x08\x11\0\0\0\xb0\x49\x0c\x3a\0\0\x01\0\0\0\x0d\0\0\0informer.Listtrue";
        assert_eq!(encode(JSON, &[1, 13], b"informer.Listtrue"), recorded);
        let frame = Frame {
            flags: JSON,
            options: vec![1, 13],
            payload: b"informer.Listtrue",
        };
        assert_eq!(Reader::new(&recorded[..]).read().unwrap(), frame);
    }

    #[test]
    fn frames_larger_than_the_buffer_and_back_to_back() {
        let large = vec![7; 300_000];
        let bytes = [
            encode(0, &[], b"a"),
            encode(0, &[2], &large),
            encode(0, &[], b""),
        ]
        .concat();
        let mut reader = Reader::new(&bytes[..]);
        assert_eq!(reader.read().unwrap().payload, b"a");
        assert_eq!(reader.read().unwrap().payload, large);
        assert_eq!(reader.read().unwrap().payload, b"");
        assert_eq!(reader.read().unwrap_err().to_string(), "the stream ended");
    }
}
