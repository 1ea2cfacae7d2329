//! What processes print: read line by line, the last lines kept for messages.

use std::{collections::VecDeque, io};

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader},
    task::JoinHandle,
    time::{Duration, timeout},
};

/// The longest line that is handed on as one; more is handed on as the next.
const LONGEST: usize = 1 << 20;

/// A line without an end is handed on after this: PHP's own logger ends none.
const PAUSE: Duration = Duration::from_millis(100);

/// How many lines are kept.
const KEPT: usize = 20;

/// How much of a line is kept, in bytes.
const KEPT_OF_LINE: usize = 4 << 10;

/// How long a dead process's descriptor may stay open in a process that it started.
const PATIENCE: Duration = Duration::from_millis(500);

/// Reads what one process prints until all who hold the descriptor have closed it.
#[derive(Debug)]
pub struct Output(JoinHandle<VecDeque<String>>);

impl Output {
    /// Hands each line of `from` to `sink`, untouched but for its end.
    pub fn read(
        from: impl AsyncRead + Unpin + Send + 'static,
        sink: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        Self(tokio::spawn(read(BufReader::new(from), Lines::new(sink))))
    }

    /// The last lines, once the process is gone.
    pub async fn last_lines(self) -> String {
        match timeout(PATIENCE, self.0).await {
            Ok(Ok(lines)) => Vec::from(lines).join("\n"),
            _ => String::new(),
        }
    }
}

async fn read<S: FnMut(&str)>(
    mut from: impl AsyncBufRead + Unpin,
    mut lines: Lines<S>,
) -> VecDeque<String> {
    loop {
        let more = match lines.open.is_empty() {
            true => from.fill_buf().await,
            false => match timeout(PAUSE, from.fill_buf()).await {
                Ok(more) => more,
                Err(_elapsed) => {
                    lines.end();
                    continue;
                }
            },
        };
        let Ok(available) = more else { break };
        if available.is_empty() {
            break;
        }
        lines.add(available);
        let taken = available.len();
        from.consume(taken);
    }
    lines.end();
    lines.last
}

/// Hands on what is written into it line by line; a flush ends a line that has no end.
#[derive(Debug)]
pub struct Lines<S> {
    sink: S,
    /// The beginning of a line.
    open: Vec<u8>,
    last: VecDeque<String>,
}

impl<S: FnMut(&str)> Lines<S> {
    /// Calls `sink` with each line.
    pub fn new(sink: S) -> Self {
        Self {
            sink,
            open: Vec::new(),
            last: VecDeque::new(),
        }
    }

    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = &bytes[..bytes.len().min(LONGEST - self.open.len())];
            let end = room.iter().position(|byte| *byte == b'\n');
            let (line, rest) = bytes.split_at(end.map_or(room.len(), |at| at + 1));
            self.open.extend_from_slice(line);
            bytes = rest;
            if end.is_some() || self.open.len() == LONGEST {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&self.open);
        let text = text.trim_end_matches(['\n', '\r']);
        (self.sink)(text);
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        let kept = text.floor_char_boundary(KEPT_OF_LINE);
        self.last.push_back(text[..kept].to_owned());
        // A long line is rare; its room is not kept.
        self.open = Vec::new();
    }
}

impl<S: FnMut(&str)> io::Write for Lines<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncWriteExt as _, duplex},
        time::sleep,
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lines_come_one_by_one_and_what_has_no_end_after_a_pause() {
        let (mut far, near) = duplex(4 << 20);
        let write = async move {
            far.write_all(b"one\r\ntw").await.unwrap();
            sleep(PAUSE / 2).await;
            far.write_all(b"o\nno end").await.unwrap();
            sleep(PAUSE * 2).await;
            far.write_all("x".repeat(LONGEST + 1).as_bytes())
                .await
                .unwrap();
            far.write_all(b"\xff\n\n").await.unwrap();
        };
        let (lines, ()) = tokio::join!(read(BufReader::new(near), Lines::new(|_| ())), write);
        assert_eq!(
            lines.iter().take(3).collect::<Vec<_>>(),
            ["one", "two", "no end"]
        );
        let lengths: Vec<_> = lines.iter().skip(3).map(String::len).collect();
        assert_eq!(lengths, [KEPT_OF_LINE, 4, 0]);
    }

    #[tokio::test]
    async fn the_last_lines_are_kept() {
        let (mut far, near) = duplex(1024);
        let output = Output::read(near, |_| ());
        for i in 0..50 {
            far.write_all(format!("line {i}\n").as_bytes())
                .await
                .unwrap();
        }
        drop(far);
        let kept = output.last_lines().await;
        assert!(
            kept.starts_with("line 30\n") && kept.ends_with("line 49"),
            "{kept}"
        );
    }
}
