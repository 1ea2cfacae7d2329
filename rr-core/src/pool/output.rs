//! What workers print: read line by line into the log, the last lines kept for messages.

use std::collections::VecDeque;

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader},
    task::JoinHandle,
    time::{Duration, timeout},
};

/// The longest line that is logged as one record; more is logged as the next.
const LONGEST: usize = 1 << 20;

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
    while let Ok(available) = from.fill_buf().await {
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
