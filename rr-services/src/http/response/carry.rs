//! Takes a response off its worker as fast as that gives it, whatever its client does.
//!
//! A task of its own stands between the two, as the body of a response is asked for bytes only
//! where the client has room for them.

use std::{future::pending, pin::pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use rr_core::BoxError;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::backlog::Backlog;
use crate::http::spool::{Place, SpoolRules};

/// How long a response that came at once may take its client before the rest of it goes to disk,
/// where there is room in memory: most are read at once as well.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pieces that are ready for the client; each has at most 64 KiB.
const READY: usize = 2;

/// `None` is the end: a task that was lost has not come to it.
type Piece = Result<Option<Bytes>, BoxError>;

/// A response that came at once, too large to stay in memory for long.
pub(super) fn whole(
    body: Bytes,
    rules: &SpoolRules,
) -> impl Stream<Item = Result<Bytes, BoxError>> + use<> {
    let mut backlog = Backlog::new(rules);
    let place = rules.room().take(body.len());
    let patience = place.as_ref().map_or(Duration::ZERO, |_| PATIENCE);
    backlog.push(body);
    start(
        stream::empty(),
        backlog,
        Some(Spill {
            at: Instant::now() + patience,
            _place: place,
        }),
    )
}

/// A response that comes in parts.
pub(super) fn parts<S>(
    parts: S,
    rules: &SpoolRules,
) -> impl Stream<Item = Result<Bytes, BoxError>> + use<S>
where
    S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
{
    start(parts, Backlog::new(rules), None)
}

fn start<S>(
    parts: S,
    backlog: Backlog,
    spill: Option<Spill>,
) -> impl Stream<Item = Result<Bytes, BoxError>> + use<S>
where
    S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
{
    let (to, from) = mpsc::channel(READY);
    tokio::spawn(carry(parts, backlog, spill, to));
    stream::unfold(Some(from), |from| async {
        let mut from = from?;
        match from.recv().await {
            Some(Ok(Some(piece))) => Some((Ok(piece), Some(from))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((
                Err("the task that carries the response was lost".into()),
                None,
            )),
        }
    })
}

async fn carry<S>(parts: S, mut backlog: Backlog, mut spill: Option<Spill>, to: mpsc::Sender<Piece>)
where
    S: Stream<Item = Result<Bytes, BoxError>> + Send,
{
    let mut parts = pin!(parts);
    // What is to be said when all is out.
    let mut last: Option<Piece> = None;
    loop {
        tokio::select! {
            place = to.reserve(), if last.is_some() || !backlog.is_empty() => {
                let Ok(place) = place else { return };
                if backlog.is_empty() {
                    if let Some(last) = last {
                        place.send(last);
                    }
                    return;
                }
                match backlog.pop().await {
                    Ok(piece) => place.send(Ok(Some(piece))),
                    Err(error) => return place.send(Err(disk(error))),
                }
            }
            part = parts.next(), if last.is_none() && !backlog.is_full() => match part {
                Some(Ok(part)) => {
                    backlog.push(part);
                    if backlog.is_heavy() {
                        spill.get_or_insert_with(Spill::now);
                    }
                }
                Some(Err(error)) => last = Some(Err(error)),
                None => last = Some(Ok(None)),
            },
            () = due(&spill) => {
                let _done = spill.take();
                if backlog.is_heavy() && let Err(error) = backlog.spill().await {
                    let error = disk(error);
                    // Where there is not even a file, memory has kept everything.
                    if !backlog.is_heavy() {
                        last = Some(Err(error));
                    }
                }
            }
            // Dropping the parts tells the worker to stop.
            () = to.closed() => return,
        }
    }
}

/// When memory is to go to disk, if it still holds more than it should.
struct Spill {
    at: Instant,
    /// The room that it takes until then.
    _place: Option<Place>,
}

impl Spill {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            _place: None,
        }
    }
}

async fn due(spill: &Option<Spill>) {
    match spill {
        Some(spill) => sleep_until(spill.at).await,
        None => pending().await,
    }
}

fn disk(error: std::io::Error) -> BoxError {
    tracing::error!(target: "http", %error, "a response cannot wait for its client on disk\nhelp: check `http.spool.dir`");
    error.into()
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use rr_core::config::Megabytes;

    use super::*;
    use crate::http::spool::SpoolConfig;

    fn rules(memory: u64, disk: u64) -> SpoolRules {
        SpoolRules::new(&SpoolConfig {
            memory: Megabytes::new(memory),
            disk: Megabytes::new(disk),
            ..SpoolConfig::default()
        })
    }

    async fn read(
        pieces: impl Stream<Item = Result<Bytes, BoxError>>,
    ) -> (Vec<u8>, Option<String>) {
        let mut all = Vec::new();
        let mut pieces = pin!(pieces);
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => all.extend_from_slice(&piece),
                Err(error) => return (all, Some(error.to_string())),
            }
        }
        (all, None)
    }

    #[tokio::test]
    async fn a_large_response_arrives_whole() {
        let body: Vec<u8> = (0..3_000_000_u32).map(|it| it.to_le_bytes()[1]).collect();
        for disk in [0, 10] {
            let (all, error) = read(whole(body.clone().into(), &rules(1, disk))).await;
            assert!(all == body && error.is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_finds_it_on_disk() {
        let body = vec![b'x'; 3_000_000];
        let pieces = whole(body.clone().into(), &rules(1, 10));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(read(pieces).await.0 == body);
    }

    /// How many parts of 100 KiB are taken off a worker whose client reads nothing.
    async fn check(memory: u64, disk: u64, expected: std::ops::RangeInclusive<usize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let source = stream::iter(0..100).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from(vec![b'x'; 100 << 10]))
        });
        let pieces = parts(source, &rules(memory, disk));
        let mut seen = usize::MAX;
        while seen != taken.load(Ordering::Relaxed) {
            seen = taken.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        assert!(expected.contains(&seen), "{memory} {disk}: {seen}");
        assert_eq!(read(pieces).await.0.len(), 100 * (100 << 10));
    }

    #[tokio::test]
    async fn a_worker_is_free_as_soon_as_there_is_room() {
        check(1, 100, 100..=100).await;
        check(1, 0, 10..=13).await;
        check(1, 3, 40..=55).await;
    }

    #[tokio::test]
    async fn what_broke_off_does_not_end_well() {
        let source = stream::iter([Ok("part".into()), Err("the worker died".into())]);
        let (all, error) = read(parts(source, &rules(1, 1))).await;
        assert_eq!(
            (&*all, error.as_deref()),
            (&b"part"[..], Some("the worker died"))
        );
    }
}
