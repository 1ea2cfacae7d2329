//! The metrics that the application has declared, by the names that it calls them.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use prometheus::proto::MetricFamily;

use super::collector::{Collector, DeclareError, Definition, Operation, PushError};

/// All of them.
#[derive(Default)]
pub(super) struct Declared(RwLock<BTreeMap<String, Collector>>);

impl Declared {
    /// Adds one. A name that is there already stays what it is, which is no error: every worker
    /// declares what it uses.
    pub(super) fn declare(&self, name: &str, definition: &Definition) -> Result<(), DeclareError> {
        let mut all = self.write();
        if all.contains_key(name) {
            return Ok(());
        }
        let collector = Collector::new(name, definition)?;
        let full_name = collector.full_name();
        if let Some((of, _)) = all.iter().find(|(_, it)| it.full_name() == full_name) {
            return Err(DeclareError::Taken {
                full_name: full_name.to_owned(),
                of: of.clone(),
            });
        }
        all.insert(name.to_owned(), collector);
        Ok(())
    }

    /// Takes one away, with its values; whether there was one.
    pub(super) fn unregister(&self, name: &str) -> bool {
        self.write().remove(name).is_some()
    }

    pub(super) fn push(
        &self,
        name: &str,
        operation: Operation,
        value: f64,
        labels: &[String],
    ) -> Result<(), PushError> {
        match self.read().get(name) {
            Some(collector) => collector.push(name, operation, value, labels),
            None => Err(PushError::Undefined(name.to_owned())),
        }
    }

    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        self.read().values().flat_map(Collector::gather).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Collector>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Collector>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
