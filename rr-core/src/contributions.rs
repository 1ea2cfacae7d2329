//! Values that many services give to one: RPC methods, middleware, worker pools.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

/// All contributions of a server by their type.
#[derive(Clone, Default)]
pub(crate) struct Contributions(Arc<Mutex<HashMap<TypeId, Drawer>>>);

#[derive(Default)]
struct Drawer {
    name: &'static str,
    values: Vec<Box<dyn Any + Send>>,
    collected: bool,
}

impl Contributions {
    pub(crate) fn add<T: Clone + Send + 'static>(&self, value: T) {
        self.with::<T, _>(|drawer| drawer.values.push(Box::new(value)));
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
        let drawers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drawers
            .values()
            .filter(|drawer| !drawer.collected)
            .map(|drawer| drawer.name)
            .collect()
    }

    fn with<T: 'static, R>(&self, f: impl FnOnce(&mut Drawer) -> R) -> R {
        let mut drawers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let drawer = drawers.entry(TypeId::of::<T>()).or_default();
        drawer.name = type_name::<T>();
        f(drawer)
    }
}

/// Every `T` that the services contributed, in the order in which they were wired.
///
/// Complete once every service is wired, that is when the first task runs; ask then.
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
                .map(|value| {
                    let value: &T = value.downcast_ref().expect("keyed by its type");
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
