//! Dependencies by type, declared in a signature.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
};

/// One edge that a service asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
    pub(crate) optional: bool,
}

/// The offers of the services wired so far.
#[derive(Clone, Default)]
pub struct Offered(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Offered {
    /// Takes back what a service has offered, before it offers anew.
    pub(crate) fn withdraw(&mut self, ids: &[TypeId]) {
        self.0.retain(|id, _| !ids.contains(id));
    }

    fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0
            .get(&TypeId::of::<T>())
            .cloned()
            .map(|it| it.downcast().expect("keyed by its type"))
    }
}

/// What a service takes from others: `()`, `Arc<T>`, `Option<Arc<T>>`, or a tuple of up to four of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be needed",
    note = "`Needs` is `()`, `Arc<T>`, `Option<Arc<T>>`, or a tuple of up to four of these"
)]
pub trait Needs: Sized {
    /// The edges, for the order of start.
    fn declare(edges: &mut Vec<Need>);
    /// The values; the container has checked that they are there.
    fn take(offered: &Offered) -> Self;
}

/// What others may take from a service: `()`, `Arc<T>`, or a tuple of up to four of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be offered",
    note = "`Offers` is `()`, `Arc<T>`, or a tuple of up to four of these"
)]
pub trait Offers: Sized {
    /// The types on offer.
    fn declare(ids: &mut Vec<(TypeId, &'static str)>);
    /// Puts the values on offer.
    fn put(self, offered: &mut Offered);
}

impl<T: Send + Sync + 'static> Needs for Arc<T> {
    fn declare(edges: &mut Vec<Need>) {
        edges.push(Need {
            id: TypeId::of::<T>(),
            name: type_name::<T>(),
            optional: false,
        });
    }
    fn take(offered: &Offered) -> Self {
        offered.get().expect("checked by the container")
    }
}

impl<T: Send + Sync + 'static> Needs for Option<Arc<T>> {
    fn declare(edges: &mut Vec<Need>) {
        edges.push(Need {
            id: TypeId::of::<T>(),
            name: type_name::<T>(),
            optional: true,
        });
    }
    fn take(offered: &Offered) -> Self {
        offered.get()
    }
}

impl<T: Send + Sync + 'static> Offers for Arc<T> {
    fn declare(ids: &mut Vec<(TypeId, &'static str)>) {
        ids.push((TypeId::of::<T>(), type_name::<T>()));
    }
    fn put(self, offered: &mut Offered) {
        offered.0.insert(TypeId::of::<T>(), self);
    }
}

macro_rules! tuples {
    ($(($($t:ident),*))*) => {$(
        #[allow(non_snake_case, unused_variables, clippy::unused_unit)]
        impl<$($t: Needs),*> Needs for ($($t,)*) {
            fn declare(edges: &mut Vec<Need>) { $($t::declare(edges);)* }
            fn take(offered: &Offered) -> Self { ($($t::take(offered),)*) }
        }
        #[allow(non_snake_case, unused_variables)]
        impl<$($t: Offers),*> Offers for ($($t,)*) {
            fn declare(ids: &mut Vec<(TypeId, &'static str)>) { $($t::declare(ids);)* }
            fn put(self, offered: &mut Offered) { let ($($t,)*) = self; $($t.put(offered);)* }
        }
    )*};
}

tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) }
