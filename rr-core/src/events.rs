//! Typed events: whoever wants to hear of them is called, whoever tells knows nobody.

use std::{
    any::type_name,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::contributions::Collection;

/// Called with each event of one type; contribute it, or see
/// [`ServerBuilder::listen`](crate::ServerBuilder::listen).
pub struct Listener<E>(Arc<dyn Fn(&E) + Send + Sync>);

impl<E> Listener<E> {
    /// Calls `f` in the task of whoever tells: it must not block, a channel takes what takes longer.
    pub fn new(f: impl Fn(&E) + Send + Sync + 'static) -> Self {
        Self(Arc::new(f))
    }
}

impl<E> Clone for Listener<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Where events of one type are told; see [`Init::bus`](crate::Init::bus).
pub struct Bus<E: 'static> {
    listeners: Collection<Listener<E>>,
}

impl<E: 'static> Bus<E> {
    pub(crate) fn new(listeners: Collection<Listener<E>>) -> Self {
        Self { listeners }
    }

    /// Calls every listener. One that panics harms neither the others nor the caller.
    pub fn tell(&self, event: &E) {
        tell_all(&self.listeners.all(), event);
    }
}

/// Calls each of `listeners`. One that panics harms neither the others nor the caller.
pub(crate) fn tell_all<E>(listeners: &[Listener<E>], event: &E) {
    for listener in listeners {
        if catch_unwind(AssertUnwindSafe(|| listener.0(event))).is_err() {
            let event = type_name::<E>();
            tracing::error!(target: "server", event, "a listener panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::contributions::Contributions;

    #[test]
    fn each_listener_hears_each_event_of_its_type() {
        let contributions = Contributions::default();
        let bus = Bus::<u32>::new(contributions.collection());
        let (heard, events) = mpsc::channel();
        contributions.add(None, Listener::<u32>::new(|_| panic!("on purpose")));
        contributions.add(
            None,
            Listener::<u32>::new(move |event| {
                heard.send(*event).unwrap();
            }),
        );
        contributions.add(None, Listener::<&str>::new(|_| panic!("another type")));
        bus.tell(&1);
        bus.tell(&2);
        assert_eq!(events.try_iter().collect::<Vec<_>>(), [1, 2]);
    }
}
