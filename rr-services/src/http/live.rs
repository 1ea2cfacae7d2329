//! What the service goes by while it serves: the stack that requests go through, the terms of
//! connections. A reload puts others in their place; what has begun goes on as it began.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{
    layer::Wrapped,
    request::RequestRules,
    serve::{Limits, Protocols},
};

/// What holds at the moment.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) stack: CurrentStack,
    pub(super) terms: ArcSwap<Terms>,
    pub(super) rules: ArcSwap<RequestRules>,
}

/// What a connection is begun with.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) limits: Arc<Limits>,
    pub(super) protocols: Arc<Protocols>,
}

/// The stack that the next request goes through.
#[derive(Clone, Debug)]
pub(super) struct CurrentStack(Arc<ArcSwap<Wrapped>>);

impl CurrentStack {
    pub(super) fn new(stack: impl Into<Wrapped>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(stack.into())))
    }

    /// A copy for one request.
    pub(super) fn get(&self) -> Wrapped {
        Wrapped::clone(&self.0.load())
    }

    pub(super) fn set(&self, stack: Wrapped) {
        self.0.store(Arc::new(stack));
    }
}
