//! What workers print: read line by line into the log, the last lines kept for messages.

use std::collections::VecDeque;

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader},
    task::JoinHandle,
    time::{Duration, timeout},
};

/// The longest line that is logged as one record; more is logged as the next.
const LONGEST: usize = 1 << 20;

/// A line without an end is logged after this: PHP's own logger ends none.
const PAUSE: Duration = Duration::from_millis(100);

/// How many lines are kept.
const KEPT: usize = 20;

/// How long a dead worker's descriptor may stay open in a process that it started.
const PATIENCE: Duration = Duration::from_millis(500);

/// Reads what one worker prints until all who hold the descriptor have closed it.
pub(super) struct Output(JoinHandle<VecDeque<String>>);

impl Output {
    /// Logs each line of `from` at level info under the logger `server`, untouched, with the worker's pid.
    pub(super) fn log(pid: u32, from: impl AsyncRead + Unpin + Send + 'static) -> Self {
        Self(tokio::spawn(read(pid, BufReader::new(from))))
    }

    /// The last lines, once the worker is gone.
    pub(super) async fn last_lines(self) -> String {
        match timeout(PATIENCE, self.0).await {
            Ok(Ok(lines)) => Vec::from(lines).join("\n"),
            _ => String::new(),
        }
    }
}

async fn read(pid: u32, mut from: impl AsyncBufRead + Unpin) -> VecDeque<String> {
    let mut last = VecDeque::with_capacity(KEPT);
    let mut line = Vec::new();
    loop {
        let more = match line.is_empty() {
            true => from.fill_buf().await,
            false => match timeout(PAUSE, from.fill_buf()).await {
                Ok(more) => more,
                Err(_elapsed) => {
                    emit(pid, &mut line, &mut last);
                    continue;
                }
            },
        };
        let Ok(available) = more else { break };
        if available.is_empty() {
            break;
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |at| at + 1);
        line.extend_from_slice(&available[..taken]);
        from.consume(taken);
        if end.is_some() || line.len() >= LONGEST {
            emit(pid, &mut line, &mut last);
        }
    }
    if !line.is_empty() {
        emit(pid, &mut line, &mut last);
    }
    last
}

fn emit(pid: u32, line: &mut Vec<u8>, last: &mut VecDeque<String>) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\n', '\r']);
    tracing::info!(target: "server", pid, "{text}");
    if last.len() == KEPT {
        last.pop_front();
    }
    last.push_back(text.to_owned());
    line.clear();
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
        let (lines, ()) = tokio::join!(read(1, BufReader::new(near)), write);
        let lengths: Vec<_> = lines.iter().map(String::len).collect();
        assert_eq!(
            lines.iter().take(3).collect::<Vec<_>>(),
            ["one", "two", "no end"]
        );
        assert_eq!(
            lengths.iter().sum::<usize>(),
            12 + LONGEST + 1 + 3,
            "{lengths:?}"
        );
    }

    #[tokio::test]
    async fn the_last_lines_are_kept() {
        let (mut far, near) = duplex(1024);
        let output = Output::log(1, near);
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
