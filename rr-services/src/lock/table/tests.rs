//! The table against a model of a few lines, and what must hold whatever is asked.

use std::{collections::BTreeMap, time::Duration};

use proptest::{collection::vec, prelude::*};

use super::*;

/// What somebody does; times in milliseconds.
#[derive(Clone, Debug)]
enum Step {
    Acquire {
        id: u8,
        mode: Mode,
        ttl: u64,
        wait: u64,
    },
    Release(u8),
    ForceRelease,
    UpdateTtl(u8, u64),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mode = prop_oneof![Just(Mode::Exclusive), Just(Mode::Shared)];
    let acquire =
        (0..4_u8, mode, 0..20_u64, 0..20_u64).prop_map(|(id, mode, ttl, wait)| Step::Acquire {
            id,
            mode,
            ttl,
            wait,
        });
    let step = prop_oneof![
        5 => acquire,
        3 => (0..4_u8).prop_map(Step::Release),
        1 => Just(Step::ForceRelease),
        1 => (0..4_u8, 0..20_u64).prop_map(|(id, ttl)| Step::UpdateTtl(id, ttl)),
        3 => (1..10_u64).prop_map(Step::Pass),
    ];
    vec(step, 0..60)
}

/// One resource, looked through from end to end once a millisecond.
#[derive(Default)]
struct Model {
    now: u64,
    holders: BTreeMap<u8, (Mode, u64)>,
    /// Number of the wish, id, mode, ttl, until when.
    queue: Vec<(u64, u8, Mode, u64, u64)>,
    verdicts: BTreeMap<u64, bool>,
}

impl Model {
    fn until(&self, span: u64) -> u64 {
        if span == 0 { u64::MAX } else { self.now + span }
    }

    fn fits(&self, id: u8, mode: Mode) -> bool {
        self.holders.iter().all(|(holder, (held, _))| {
            *held == Mode::Shared && (mode == Mode::Shared || *holder == id)
        })
    }

    fn reads(&self, id: u8) -> bool {
        matches!(self.holders.get(&id), Some((Mode::Shared, _)))
    }

    fn serve(&mut self) {
        while let Some(&(number, id, mode, ttl, _)) = self.queue.first()
            && self.fits(id, mode)
        {
            self.queue.remove(0);
            self.holders.insert(id, (mode, self.until(ttl)));
            self.verdicts.insert(number, true);
        }
    }

    fn pass(&mut self) {
        self.now += 1;
        let now = self.now;
        self.holders.retain(|_, (_, until)| *until > now);
        self.serve();
        // One by one, in the order in which they came: who gives up may have stood before somebody who fits.
        loop {
            let over = self.queue.iter().enumerate().filter(|(_, it)| it.4 <= now);
            let Some((at, _)) = over.min_by_key(|(_, it)| it.0) else {
                break;
            };
            self.verdicts.insert(self.queue.remove(at).0, false);
            self.serve();
        }
    }

    fn acquire(&mut self, number: u64, id: u8, mode: Mode, ttl: u64, wait: u64) {
        if wait == 0 {
            let free = self.fits(id, mode) && (self.queue.is_empty() || self.reads(id));
            if free {
                self.holders.insert(id, (mode, self.until(ttl)));
            }
            self.verdicts.insert(number, free);
            return;
        }
        let at = if self.reads(id) { 0 } else { self.queue.len() };
        self.queue
            .insert(at, (number, id, mode, ttl, self.now + wait));
        self.serve();
    }
}

fn name(id: u8) -> Arc<str> {
    id.to_string().into()
}

fn span(ttl: u64) -> Option<Duration> {
    (ttl > 0).then(|| Duration::from_millis(ttl))
}

proptest! {
    #[test]
    fn as_the_model(steps in steps()) {
        let begun = Instant::now();
        let (mut table, mut model) = (Table::default(), Model::default());
        let mut verdicts = BTreeMap::new();
        for step in steps {
            let now = begun + Duration::from_millis(model.now);
            table.expire(now);
            let (done, expected) = match step {
                Step::Acquire { id, mode, ttl, wait } => {
                    let (resource, id_) = ("r".into(), name(id));
                    let wish = Wish { resource, id: id_, mode, ttl: span(ttl) };
                    let Ticket(number) = table.acquire(now, wish, Duration::from_millis(wait));
                    model.acquire(number, id, mode, ttl, wait);
                    (true, true)
                }
                Step::Release(id) => {
                    let held = model.holders.remove(&id).is_some();
                    model.serve();
                    (table.release(now, "r", &name(id)), held)
                }
                Step::ForceRelease => {
                    let held = !std::mem::take(&mut model.holders).is_empty();
                    model.serve();
                    (table.force_release(now, "r"), held)
                }
                Step::UpdateTtl(id, ttl) => {
                    let until = model.until(ttl);
                    let hold = model.holders.get_mut(&id).map(|it| it.1 = until);
                    (table.update_ttl(now, "r", &name(id), span(ttl)), hold.is_some())
                }
                Step::Pass(time) => {
                    (0..time).for_each(|_| model.pass());
                    table.expire(begun + Duration::from_millis(model.now));
                    (true, true)
                }
            };
            prop_assert_eq!(done, expected);
            for (Ticket(number), granted) in table.verdicts() {
                prop_assert_eq!(verdicts.insert(number, granted), None, "one verdict each");
            }
            prop_assert_eq!(&verdicts, &model.verdicts);
            for id in 0..4 {
                let held = table.is_held("r", Some(&name(id)));
                prop_assert_eq!(held, model.holders.contains_key(&id));
            }
            prop_assert_eq!(table.is_held("r", None), !model.holders.is_empty());
            let exclusive = model.holders.values().any(|it| it.0 == Mode::Exclusive);
            prop_assert!(!exclusive || model.holders.len() == 1);
        }
        // Nothing stays behind: neither names nor deadlines.
        table.expire(begun + Duration::from_secs(3600));
        while table.force_release(begun + Duration::from_secs(3600), "r") {}
        prop_assert!(table.resources.is_empty());
        prop_assert!(table.deadlines.is_empty());
    }
}
