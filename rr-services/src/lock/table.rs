//! Who holds what and who waits for it: a state machine, told the time. Knows neither clock nor channel.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

/// All locks, and all who wait for one.
///
/// Whoever waits is served in turn: a reader that comes after a waiting writer waits behind it.
/// Two do not: a reader that reads already, and a reader that wants to write, which goes first,
/// as those before it might wait for its own lock.
#[derive(Debug, Default)]
pub(super) struct Table {
    resources: HashMap<Arc<str>, Resource>,
    /// When something ends by itself.
    deadlines: BTreeSet<(Instant, Deadline)>,
    verdicts: Vec<(Ticket, bool)>,
    tickets: u64,
}

/// Stands for one wish until its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(u64);

/// A lock as somebody wants it.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) resource: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) mode: Mode,
    /// From the moment that it is granted; `None` is without limit.
    pub(super) ttl: Option<Duration>,
}

/// Who else may hold the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody.
    Exclusive,
    /// Others that share.
    Shared,
}

#[derive(Debug, Default)]
struct Resource {
    /// By their ids.
    holders: BTreeMap<Arc<str>, Hold>,
    queue: VecDeque<Waiter>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    mode: Mode,
    until: Option<Instant>,
}

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    wish: Wish,
    until: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deadline {
    Hold { resource: Arc<str>, id: Arc<str> },
    Wait { resource: Arc<str>, ticket: Ticket },
}

impl Table {
    /// Asks for a lock; its verdict comes now, or within `wait`.
    pub(super) fn acquire(&mut self, now: Instant, wish: Wish, wait: Duration) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let name = Arc::clone(&wish.resource);
        let resource = self.resources.entry(Arc::clone(&name)).or_default();
        let reads = resource.reads(&wish.id);
        if wait.is_zero() {
            let free = resource.fits(&wish) && (reads || resource.queue.is_empty());
            match free {
                true => self.grant(now, ticket, wish),
                false => self.verdicts.push((ticket, false)),
            }
        } else {
            // Beyond what the clock can tell is for ever.
            let until = now.checked_add(wait);
            let waiter = Waiter {
                ticket,
                wish,
                until,
            };
            match reads {
                true => resource.queue.push_front(waiter),
                false => resource.queue.push_back(waiter),
            }
            let resource = Arc::clone(&name);
            self.remember(until, Deadline::Wait { resource, ticket });
            self.serve(now, &name);
        }
        self.forget_if_free(&name);
        ticket
    }

    /// Whether `id` held it, and does no more.
    pub(super) fn release(&mut self, now: Instant, resource: &str, id: &str) -> bool {
        let released = self.end_hold(resource, id);
        self.serve(now, resource);
        self.forget_if_free(resource);
        released
    }

    /// Takes it from all who hold it; whether somebody did. Those who wait are next.
    pub(super) fn force_release(&mut self, now: Instant, resource: &str) -> bool {
        let holders = self.resources.get(resource).map(|it| &it.holders);
        let ids: Vec<_> = holders
            .into_iter()
            .flat_map(|it| it.keys().cloned())
            .collect();
        for id in &ids {
            self.end_hold(resource, id);
        }
        self.serve(now, resource);
        self.forget_if_free(resource);
        !ids.is_empty()
    }

    /// Whether `id` holds it, or anybody.
    pub(super) fn is_held(&self, resource: &str, id: Option<&str>) -> bool {
        let holders = self.resources.get(resource).map(|it| &it.holders);
        holders.is_some_and(|holders| match id {
            Some(id) => holders.contains_key(id),
            None => !holders.is_empty(),
        })
    }

    /// Counts the time of `id` anew; whether it holds the resource.
    pub(super) fn update_ttl(
        &mut self,
        now: Instant,
        resource: &str,
        id: &str,
        ttl: Option<Duration>,
    ) -> bool {
        let found = self.resources.get(resource);
        let Some(&Hold { mode, .. }) = found.and_then(|it| it.holders.get(id)) else {
            return false;
        };
        self.hold(now, resource.into(), id.into(), mode, ttl);
        true
    }

    /// Ends what is over at `now`, in its order, and serves who comes next.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((at, over)) = self.deadlines.first().cloned()
            && at <= now
        {
            self.deadlines.pop_first();
            // A lock that was free for a moment in the past was free for who waited then.
            let name = match &over {
                Deadline::Hold { resource, id } => {
                    self.end_hold(resource, id);
                    resource
                }
                Deadline::Wait { resource, ticket } => {
                    if let Some(found) = self.resources.get_mut(resource) {
                        found.queue.retain(|it| it.ticket != *ticket);
                    }
                    self.verdicts.push((*ticket, false));
                    resource
                }
            };
            self.serve(at, name);
            self.forget_if_free(name);
        }
    }

    /// When [`expire`](Self::expire) has something to do next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What was decided since the last call.
    pub(super) fn verdicts(&mut self) -> Vec<(Ticket, bool)> {
        std::mem::take(&mut self.verdicts)
    }

    /// Grants what can be granted, in turn.
    fn serve(&mut self, now: Instant, name: &str) {
        while let Some(waiter) = self.resources.get_mut(name).and_then(Resource::next) {
            let Waiter {
                ticket,
                wish,
                until,
            } = waiter;
            let resource = Arc::clone(&wish.resource);
            self.drop_deadline(until, Deadline::Wait { resource, ticket });
            self.grant(now, ticket, wish);
        }
    }

    fn grant(&mut self, now: Instant, ticket: Ticket, wish: Wish) {
        self.hold(now, wish.resource, wish.id, wish.mode, wish.ttl);
        self.verdicts.push((ticket, true));
    }

    fn hold(
        &mut self,
        now: Instant,
        name: Arc<str>,
        id: Arc<str>,
        mode: Mode,
        ttl: Option<Duration>,
    ) {
        let until = ttl.and_then(|it| now.checked_add(it));
        let resource = self.resources.entry(Arc::clone(&name)).or_default();
        let before = resource
            .holders
            .insert(Arc::clone(&id), Hold { mode, until });
        let deadline = Deadline::Hold { resource: name, id };
        self.drop_deadline(before.and_then(|it| it.until), deadline.clone());
        self.remember(until, deadline);
    }

    fn end_hold(&mut self, name: &str, id: &str) -> bool {
        let resource = self.resources.get_mut(name);
        let Some((id, hold)) = resource.and_then(|it| it.holders.remove_entry(id)) else {
            return false;
        };
        let resource = name.into();
        self.drop_deadline(hold.until, Deadline::Hold { resource, id });
        true
    }

    fn remember(&mut self, until: Option<Instant>, deadline: Deadline) {
        self.deadlines.extend(until.map(|at| (at, deadline)));
    }

    fn drop_deadline(&mut self, until: Option<Instant>, deadline: Deadline) {
        if let Some(at) = until {
            self.deadlines.remove(&(at, deadline));
        }
    }

    fn forget_if_free(&mut self, name: &str) {
        let free = |it: &Resource| it.holders.is_empty() && it.queue.is_empty();
        if self.resources.get(name).is_some_and(free) {
            self.resources.remove(name);
        }
    }
}

impl Resource {
    fn reads(&self, id: &str) -> bool {
        let hold = self.holders.get(id);
        hold.is_some_and(|it| it.mode == Mode::Shared)
    }

    /// Takes the first out of the queue, if it can have what it waits for.
    fn next(&mut self) -> Option<Waiter> {
        let first = self.queue.front()?;
        match self.fits(&first.wish) {
            true => self.queue.pop_front(),
            false => None,
        }
    }

    /// Whether those who hold it leave room for `wish`.
    fn fits(&self, wish: &Wish) -> bool {
        match wish.mode {
            Mode::Shared => self.holders.values().all(|it| it.mode == Mode::Shared),
            // Who alone reads may write.
            Mode::Exclusive => self
                .holders
                .iter()
                .all(|(id, it)| *id == wish.id && it.mode == Mode::Shared),
        }
    }
}

#[cfg(test)]
mod tests;
