//! Values that many services give to one: RPC methods, middleware, worker pools.

use std::{
    any::{Any, TypeId, type_name},
    collections::{HashMap, HashSet},
    marker::PhantomData,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// All contributions of a server by their type.
#[derive(Clone, Default)]
pub(crate) struct Contributions(Arc<Mutex<HashMap<TypeId, Drawer>>>);

#[derive(Default)]
struct Drawer {
    name: &'static str,
    values: Vec<Contribution>,
    collected: bool,
}

struct Contribution {
    /// Where the service that gave it stands in the order of start; `None`: the server itself.
    owner: Option<usize>,
    value: Box<dyn Any + Send>,
    clone: fn(&dyn Any) -> Box<dyn Any + Send>,
}

impl Clone for Contribution {
    fn clone(&self) -> Self {
        Self {
            owner: self.owner,
            value: (self.clone)(&*self.value),
            clone: self.clone,
        }
    }
}

impl Contributions {
    pub(crate) fn add<T: Clone + Send + 'static>(&self, owner: Option<usize>, value: T) {
        let clone = |it: &dyn Any| {
            let it: &T = it.downcast_ref().expect("keyed by its type");
            Box::new(it.clone()) as Box<dyn Any + Send>
        };
        let value = Box::new(value);
        self.with::<T, _>(|drawer| {
            drawer.values.push(Contribution {
                owner,
                value,
                clone,
            });
        });
    }

    pub(crate) fn collection<T: Clone + Send + 'static>(&self) -> Collection<T> {
        self.with::<T, _>(|drawer| drawer.collected = true);
        Collection {
            from: self.clone(),
            of: PhantomData,
        }
    }

    /// The types that were contributed and that nobody asked for.
    pub(crate) fn uncollected(&self) -> Vec<&'static str> {
        let drawers = self.lock();
        drawers
            .values()
            .filter(|drawer| !drawer.collected)
            .map(|drawer| drawer.name)
            .collect()
    }

    /// The types that one of `owners` has contributed.
    pub(crate) fn types_of(&self, owners: &HashSet<usize>) -> HashSet<TypeId> {
        let is_theirs = |it: &Contribution| it.owner.is_some_and(|it| owners.contains(&it));
        let drawers = self.lock();
        let theirs = drawers
            .iter()
            .filter(|it| it.1.values.iter().any(is_theirs));
        theirs.map(|it| *it.0).collect()
    }

    /// These, with those of `owners` replaced by what they have contributed to `anew`.
    pub(crate) fn with_anew(&self, owners: &HashSet<usize>, anew: &Self) -> Self {
        let is_theirs = |it: &Contribution| it.owner.is_some_and(|it| owners.contains(&it));
        let mut all: HashMap<TypeId, Drawer> = HashMap::new();
        for (id, drawer) in self.lock().iter() {
            let kept = drawer.values.iter().filter(|it| !is_theirs(it));
            let drawer = Drawer {
                name: drawer.name,
                values: kept.cloned().collect(),
                collected: drawer.collected,
            };
            all.insert(*id, drawer);
        }
        for (id, drawer) in anew.lock().iter() {
            let merged = all.entry(*id).or_default();
            merged.name = drawer.name;
            merged.values.extend(drawer.values.iter().cloned());
            // As if they had been wired in their turn.
            merged.values.sort_by_key(|it| it.owner);
        }
        Self(Arc::new(Mutex::new(all)))
    }

    /// Holds from now on what `other` holds, for whoever has a [`Collection`].
    pub(crate) fn become_those_of(&self, other: &Self) {
        let values = std::mem::take(&mut *other.lock());
        *self.lock() = values;
    }

    fn with<T: 'static, R>(&self, f: impl FnOnce(&mut Drawer) -> R) -> R {
        let mut drawers = self.lock();
        let drawer = drawers.entry(TypeId::of::<T>()).or_default();
        drawer.name = type_name::<T>();
        f(drawer)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Drawer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every `T` that the services contributed, in the order in which they were wired.
///
/// Complete once every service is wired, that is when the first task runs; ask then. A reload of
/// the configuration may change it: see [`Init::follow`](crate::Init::follow).
pub struct Collection<T> {
    from: Contributions,
    of: PhantomData<fn() -> T>,
}

impl<T: Clone + Send + 'static> Collection<T> {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<T> {
        self.from.with::<T, _>(|drawer| {
            drawer
                .values
                .iter()
                .map(|it| {
                    let value: &T = it.value.downcast_ref().expect("keyed by its type");
                    value.clone()
                })
                .collect()
        })
    }
}

impl<T> Clone for Collection<T> {
    fn clone(&self) -> Self {
        Self {
            from: self.from.clone(),
            of: PhantomData,
        }
    }
}
