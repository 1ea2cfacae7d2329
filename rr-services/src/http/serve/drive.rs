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
    let mut closing = None;
    let mut timer = pin!(sleep_until(next_look(activity, limits, closing)));
    loop {
        let (open, set_for) = (closing.is_none(), timer.deadline());
        let progress = poll_fn(|cx| {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Progress::Ended(ended));
            }
            let spent = limits.requests.is_some_and(|it| activity.requests() >= it);
            if spent && open {
                return Poll::Ready(Progress::Spent);
            }
            match due(activity.waiting(), limits, closing) {
                Some(due) if due < set_for => Poll::Ready(Progress::Sooner),
                _ => Poll::Pending,
            }
        });
        let fired = tokio::select! {
            biased;
            progress = progress => {
                match progress {
                    Progress::Ended(ended) => return ended.map_err(Cut::Ended),
                    Progress::Spent => close(connection.as_mut(), &mut closing),
                    Progress::Sooner => {}
                }
                false
            },
            changed = signals.changed(), if open => {
                let signal = changed.map_or(Signal::Close, |()| *signals.borrow_and_update());
                let unused = activity.idle().is_some_and(|it| it >= UNUSED);
                if signal == Signal::Close || signal == Signal::Crowded && unused {
                    close(connection.as_mut(), &mut closing);
                }
                false
            }
            () = &mut timer => true,
        };
        if fired {
            match overdue(activity, limits, closing) {
                Some(Waiting::Head(_)) => return Err(Cut::Head),
                Some(Waiting::Reader(_)) => return Err(Cut::Write),
                Some(Waiting::Idle(_)) if closing.is_some() => return Err(Cut::Close),
                Some(Waiting::Idle(_)) => close(connection.as_mut(), &mut closing),
                Some(Waiting::Nothing) | None => {}
            }
        }
        let next = next_look(activity, limits, closing);
        timer.as_mut().reset(next);
    }
}

fn close<C: GracefulConnection>(connection: Pin<&mut C>, closing: &mut Option<Instant>) {
    connection.graceful_shutdown();
    *closing = Some(Instant::now());
}

/// When what the connection waits for is due.
fn due(waiting: Waiting, limits: &Limits, closing: Option<Instant>) -> Option<Instant> {
    match (waiting, closing) {
        (Waiting::Head(since), _) => Some(since + limits.head?),
        (Waiting::Reader(since), _) => Some(since + limits.write?),
        (Waiting::Idle(since), Some(closing)) => Some(since.max(closing) + limits.write?),
        (Waiting::Idle(since), None) => Some(since + limits.idle?),
        (Waiting::Nothing, _) => None,
    }
}

fn overdue(activity: &Activity, limits: &Limits, closing: Option<Instant>) -> Option<Waiting> {
    let waiting = activity.waiting();
    let due = due(waiting, limits, closing)?;
    (due <= Instant::now()).then_some(waiting)
}

fn next_look(activity: &Activity, limits: &Limits, closing: Option<Instant>) -> Instant {
    let due = due(activity.waiting(), limits, closing);
    due.unwrap_or_else(|| Instant::now() + LOOK)
}
