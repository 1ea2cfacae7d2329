//! Drives a connection to its end, and cuts it where its client is waited for in vain.
//!
//! There is one timer a connection. It is set forward only, and looked at again when it fires:
//! requests that come and go in time do not touch it.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use hyper_util::server::graceful::GracefulConnection;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    activity::{Activity, Waiting},
    connections::Signal,
    limits::Limits,
};

/// Why a connection was cut.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut<E> {
    #[error("the head of a request did not come in time")]
    Head,
    #[error("the client took nothing of its response in time")]
    Write,
    #[error("the client did not close the connection")]
    Close,
    #[error("{0}")]
    Ended(E),
}

/// What became of a connection when it was polled.
enum Progress<E> {
    Ended(Result<(), E>),
    /// It has had its requests.
    Spent,
    /// It is due sooner than the timer thinks.
    Sooner,
}

/// How idle a connection must be to be given up for another.
const UNUSED: Duration = Duration::from_secs(1);

/// How long a client has to be silent for its connection to be closed without a word when another
/// process serves. Clients in the midst of their work are told with an answer: a request that is
/// on its way when a connection is closed is lost.
const SILENT: Duration = Duration::from_secs(5);

/// How often the timer is looked at where nothing limits the connection at the moment.
const LOOK: Duration = Duration::from_secs(15);

/// Runs `connection` until it ends.
///
/// # Errors
/// Why it did not end well.
pub(super) async fn drive<C>(
    connection: C,
    activity: &Activity,
    limits: &Limits,
    mut signals: watch::Receiver<Signal>,
) -> Result<(), Cut<C::Error>>
where
    C: GracefulConnection,
{
    let mut connection = pin!(connection);
    let mut end = End::default();
    let mut timer = pin!(sleep_until(next_look(activity, limits, end)));
    loop {
        let (open, set_for) = (end.closing.is_none(), timer.deadline());
        let progress = poll_fn(|cx| {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Progress::Ended(ended));
            }
            let spent = limits.requests.is_some_and(|it| activity.requests() >= it);
            // HTTP/2 says so by a frame, which loses no request.
            let leaves = end.retiring && activity.is_http2();
            if (spent || leaves) && open {
                return Poll::Ready(Progress::Spent);
            }
            match due(activity, limits, end) {
                Some(due) if due < set_for => Poll::Ready(Progress::Sooner),
                _ => Poll::Pending,
            }
        });
        let fired = tokio::select! {
            biased;
            progress = progress => {
                match progress {
                    Progress::Ended(ended) => return ended.map_err(Cut::Ended),
                    Progress::Spent => close(connection.as_mut(), &mut end),
                    Progress::Sooner => {}
                }
                false
            },
            changed = signals.changed(), if open => {
                let signal = changed.map_or(Signal::Close, |()| *signals.borrow_and_update());
                let unused = activity.idle().is_some_and(|it| it >= UNUSED);
                if signal == Signal::Close || signal == Signal::Crowded && unused {
                    close(connection.as_mut(), &mut end);
                }
                if signal == Signal::Retire {
                    end.retiring = true;
                    activity.retire();
                }
                false
            }
            () = &mut timer => true,
        };
        if fired {
            match overdue(activity, limits, end) {
                Some(_) if end.is_left(activity) => close(connection.as_mut(), &mut end),
                Some(Waiting::Head(_)) => return Err(Cut::Head),
                Some(Waiting::Reader(_)) => return Err(Cut::Write),
                Some(Waiting::Idle(_)) if end.closing.is_some() => return Err(Cut::Close),
                Some(Waiting::Idle(_)) => close(connection.as_mut(), &mut end),
                Some(Waiting::Nothing) | None => {}
            }
        }
        let next = next_look(activity, limits, end);
        timer.as_mut().reset(next);
    }
}

/// How far the end of a connection is.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// It is closed as soon as what has begun is done.
    closing: Option<Instant>,
    /// It is closed when its client has no use for it.
    retiring: bool,
}

impl End {
    /// Since when it could be closed without a word.
    fn silent(self, activity: &Activity) -> Option<Instant> {
        let silent = activity.silent();
        silent.filter(|_| self.retiring && self.closing.is_none())
    }

    /// Whether the client has no use for it any more.
    fn is_left(self, activity: &Activity) -> bool {
        let silent = self.silent(activity);
        silent.is_some_and(|since| since.elapsed() >= SILENT)
    }
}

fn close<C: GracefulConnection>(connection: Pin<&mut C>, end: &mut End) {
    connection.graceful_shutdown();
    end.closing = Some(Instant::now());
}

/// When what the connection waits for is due.
fn due(activity: &Activity, limits: &Limits, end: End) -> Option<Instant> {
    let limit = match (activity.waiting(), end.closing) {
        (Waiting::Head(since), _) => limits.head.map(|it| since + it),
        (Waiting::Reader(since), _) => limits.write.map(|it| since + it),
        (Waiting::Idle(since), Some(closing)) => limits.write.map(|it| since.max(closing) + it),
        (Waiting::Idle(since), None) => limits.idle.map(|it| since + it),
        (Waiting::Nothing, _) => None,
    };
    let left = end.silent(activity).map(|since| since + SILENT);
    limit.into_iter().chain(left).min()
}

fn overdue(activity: &Activity, limits: &Limits, end: End) -> Option<Waiting> {
    let due = due(activity, limits, end)?;
    (due <= Instant::now()).then(|| activity.waiting())
}

fn next_look(activity: &Activity, limits: &Limits, end: End) -> Instant {
    let due = due(activity, limits, end);
    due.unwrap_or_else(|| Instant::now() + LOOK)
}
