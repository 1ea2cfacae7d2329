//! One call that runs: a future of its answer.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;

use super::{Called, RpcError, answer::ReplyTo, methods::Running};
use crate::events::{Listener, tell_all};

/// Resolves to the frame that answers; never fails, never panics.
pub(super) struct Call {
    reply: ReplyTo,
    state: State,
    held: usize,
    /// Where somebody wants to hear of its end.
    told: Option<Told>,
}

/// Who hears of the end of a call.
struct Told {
    listeners: Arc<[Listener<Called>]>,
    begun: Instant,
}

enum State {
    Running(Running),
    Refused(Option<RpcError>),
}

/// A call that is over.
pub(super) struct Finished {
    /// The answer's frame.
    pub(super) answer: Bytes,
    /// How many bytes of request the call held on to.
    pub(super) held: usize,
}

impl Call {
    pub(super) fn running(
        reply: ReplyTo,
        running: Running,
        held: usize,
        listeners: &Arc<[Listener<Called>]>,
    ) -> Self {
        let told = (!listeners.is_empty()).then(|| Told {
            listeners: Arc::clone(listeners),
            begun: Instant::now(),
        });
        Self {
            reply,
            state: State::Running(running),
            held,
            told,
        }
    }

    pub(super) const fn refused(reply: ReplyTo, why: RpcError) -> Self {
        Self {
            reply,
            state: State::Refused(Some(why)),
            held: 0,
            told: None,
        }
    }

    pub(super) const fn held(&self) -> usize {
        self.held
    }
}

impl Future for Call {
    type Output = Finished;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Finished> {
        let outcome = match &mut self.state {
            State::Refused(why) => Err(why.take().expect("polled until ready, not after")),
            State::Running(running) => {
                // A method of a third party must not take the other calls of the
                // connection with it. The future is not polled again after a panic.
                let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx)));
                match polled {
                    Ok(polled) => ready!(polled),
                    Err(panic) => Err(panicked(&self.reply, panic.as_ref())),
                }
            }
        };
        if let Some(told) = &self.told {
            told.tell(&self.reply.method, outcome.as_ref().err());
        }
        Poll::Ready(Finished {
            answer: self.reply.seal(outcome),
            held: self.held,
        })
    }
}

impl Told {
    fn tell(&self, method: &[u8], error: Option<&RpcError>) {
        let called = Called {
            method: String::from_utf8_lossy(method).into_owned(),
            took: self.begun.elapsed(),
            error: error.map(|it| it.text().to_owned()),
        };
        tell_all(&self.listeners, &called);
    }
}

fn panicked(reply: &ReplyTo, panic: &(dyn Any + Send)) -> RpcError {
    let method = String::from_utf8_lossy(&reply.method);
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref().copied())
        .unwrap_or("(no text)");
    tracing::error!(target: "rpc", "method `{method}` panicked: {text}");
    RpcError::from(format!("internal error: `{method}` panicked"))
}
