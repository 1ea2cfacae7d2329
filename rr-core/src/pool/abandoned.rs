//! Answers that nobody waits for any more: read to their end, so that their workers can go on.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout, timeout_at};

use super::{Keep, Shared, Why, lease::ENDING, payload::Reply, worker::Worker};
use crate::{goridge::StreamBits, relay::RelayError};

/// How far an answer has come when its task is given up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Abandoned {
    /// Nothing of it is there; the worker got its task at this moment.
    Due(Instant),
    /// Its first part is.
    Begun,
}

/// Reads the rest of the answer, then gives the worker back. The limits on a task hold as if
/// somebody waited for it.
pub(super) async fn finish(
    mut worker: Worker,
    pool: Arc<Shared>,
    answer: Abandoned,
    keep: Arc<dyn Keep>,
) {
    let begun = match answer {
        Abandoned::Due(since) => first(&mut worker, since, pool.options().exec_timeout).await,
        Abandoned::Begun => Ok(End::Part),
    };
    let ended = match begun {
        // PHP's stock generator dies of the stop: that is a replacement like any other.
        Ok(End::Part) => hush(&mut worker, pool.options().stream_timeout).await,
        ended => ended.map(|_whole| ()),
    };
    drop(keep);
    match ended {
        Ok(()) => pool.release(worker),
        Err(why) => {
            match why {
                Some(why) => worker.record.leave(why),
                // Its own end says more than our kill.
                None => drop(worker.process.ended_within(ENDING).await),
            }
            worker.kill();
        }
    }
}

/// Why a connection that failed costs its worker. One that closed its connection is ending by
/// itself: that is no reason of ours.
pub(super) fn reason(error: &RelayError) -> Option<Why> {
    match error {
        RelayError::Closed | RelayError::Io(_) => None,
        error => Some(Why::OutOfStep(error.to_string())),
    }
}

/// What the first frame of an answer turned out to be.
enum End {
    Whole,
    Part,
}

async fn first(
    worker: &mut Worker,
    since: Instant,
    limit: Option<Duration>,
) -> Result<End, Option<Why>> {
    let frame = match limit {
        Some(limit) => timeout_at(since + limit, worker.relay.recv())
            .await
            .map_err(|_elapsed| Why::TimedOut(limit))?,
        None => worker.relay.recv().await,
    };
    let frame = frame.map_err(|error| reason(&error))?;
    match Reply::read(frame).map_err(|it| Why::OutOfStep(format!("it answered with {it}")))? {
        Reply::Chunk { .. } => Ok(End::Part),
        Reply::StopWish => {
            worker.record.leave(Why::Wish);
            Ok(End::Whole)
        }
        Reply::Answer(_) | Reply::Error(_) => Ok(End::Whole),
    }
}

/// Asks for the end of a stream and skips what still comes; each PING is a chance to be heard.
async fn hush(worker: &mut Worker, limit: Duration) -> Result<(), Option<Why>> {
    let silence = async {
        let mut is_asked = false;
        loop {
            if !is_asked {
                let sent = worker.signal(StreamBits::STOP).await;
                sent.map_err(|error| reason(&error.source))?;
            }
            let frame = worker.relay.recv().await.map_err(|error| reason(&error))?;
            match Reply::read(frame)
                .map_err(|it| Why::OutOfStep(format!("it answered with {it}")))?
            {
                Reply::Chunk { ping, .. } => is_asked = !ping,
                Reply::StopWish => {
                    worker.record.leave(Why::Wish);
                    return Ok(());
                }
                Reply::Answer(_) | Reply::Error(_) => return Ok(()),
            }
        }
    };
    timeout(limit, silence)
        .await
        .unwrap_or(Err(Some(Why::Unfinished)))
}
