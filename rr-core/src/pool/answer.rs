//! What a task comes back with: an answer, or the first part of one and a stream of the rest.

use std::time::Duration;

use super::{ExecError, Payload, lease::Lease, payload::Reply};

/// The answer to a task: its first part, and a stream of the rest where the worker streams.
#[derive(Debug)]
pub struct Answer {
    /// The answer, or its first part.
    pub payload: Payload,
    /// What follows.
    pub rest: Option<Stream>,
    /// Process id of the worker that gave it.
    pub pid: u32,
    /// How long the task waited for a worker.
    pub queued: Duration,
    /// How long the worker took, to its first part where it streams.
    pub worked: Duration,
    /// How many workers were lost over it before.
    pub repeats: u32,
}

/// The rest of a streamed answer. Dropped before its end, it makes the worker stop streaming.
#[derive(Debug)]
pub struct Stream {
    lease: Option<Lease>,
}

impl Stream {
    pub(super) fn new(lease: Lease) -> Self {
        Self { lease: Some(lease) }
    }

    /// The next part; `None` after the last one.
    ///
    /// # Errors
    /// When the worker fails midway: what was received so far is incomplete.
    pub async fn next(&mut self) -> Result<Option<Payload>, ExecError> {
        let Some(lease) = &mut self.lease else {
            return Ok(None);
        };
        match lease.receive().await {
            Ok(Reply::Chunk { payload, .. }) => Ok(Some(payload)),
            Ok(Reply::Answer(payload)) => {
                self.lease = None;
                Ok(Some(payload))
            }
            Ok(Reply::Error(text)) => {
                self.lease = None;
                Err(ExecError::Task(text))
            }
            Ok(Reply::StopWish) => {
                if let Some(lease) = self.lease.take() {
                    lease.retire();
                }
                Ok(None)
            }
            Err(lost) => Err(lease.explain(lost).await),
        }
    }
}
