//! The methods that one service answers, typed where they are written, erased behind.

use std::{future::Future, panic::Location, pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{Answer, Argument, RpcError};
use crate::goridge::Codec;

/// What runs for one call: it appends the result to the `Vec` it was given.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Vec<u8>, RpcError>> + Send>>;

/// How the argument of a call came, and how its result is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codecs {
    pub(super) argument: Codec,
    pub(super) answer: Codec,
}

type Start = dyn Fn(Codecs, Bytes, Vec<u8>) -> Running + Send + Sync;

/// The RPC methods of one service: contribute them, the `rpc` service serves them.
///
/// A handler is an async function or closure of one argument, see [`Argument`] and
/// [`Answer`]. A call that has begun runs to its end even where its client has gone.
#[derive(Clone)]
pub struct Methods {
    pub(super) service: &'static str,
    pub(super) methods: Vec<Method>,
}

#[derive(Clone)]
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) registered: &'static Location<'static>,
    /// Whether its argument is bytes, and whether its result is: on the older wire the types of a
    /// method decide what travels as it is, and what as JSON.
    bytes: (bool, bool),
    start: Arc<Start>,
}

impl Methods {
    /// No method yet; `service` is the part of `service.Method` before the last dot.
    #[must_use]
    pub const fn new(service: &'static str) -> Self {
        Self {
            service,
            methods: Vec::new(),
        }
    }

    /// Adds a method that needs its argument only. Names are compared case by case.
    #[must_use]
    #[track_caller]
    pub fn method<A, F, Fut>(self, name: &'static str, handler: F) -> Self
    where
        A: Argument,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer> + Send + 'static,
    {
        self.method_with(name, &(), move |(), argument| handler(argument))
    }

    /// Adds a method that is handed a clone of `state` before its argument.
    #[must_use]
    #[track_caller]
    pub fn method_with<S, A, F, Fut>(mut self, name: &'static str, state: &S, handler: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        A: Argument,
        F: Fn(S, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer> + Send + 'static,
    {
        let shared = Arc::new((state.clone(), handler));
        self.methods.push(Method {
            name,
            registered: Location::caller(),
            bytes: (A::BYTES, <Fut::Output as Answer>::BYTES),
            start: Arc::new(move |codecs, argument, mut out| {
                let shared = shared.clone();
                Box::pin(async move {
                    Fut::Output::check(codecs.answer)?;
                    let (state, handler) = &*shared;
                    let running = handler(state.clone(), A::decode(codecs.argument, argument)?);
                    running.await.encode(codecs.answer, &mut out)?;
                    Ok(out)
                })
            }),
        });
        self
    }
}

impl Method {
    pub(super) fn start(&self, codecs: Codecs, argument: Bytes, out: Vec<u8>) -> Running {
        (self.start)(codecs, argument, out)
    }

    /// The codecs on the older wire, where `raw` says that bytes came.
    pub(super) fn codecs(&self, raw: bool) -> Codecs {
        let pick = |raw| if raw { Codec::Raw } else { Codec::Json };
        let (takes_bytes, gives_bytes) = self.bytes;
        Codecs {
            argument: pick(raw && takes_bytes),
            answer: pick(gives_bytes),
        }
    }
}
