//! What has been found faulty already: left out, then stood in for, so that one run finds all
//! mistakes.

use std::collections::BTreeMap;

use crate::config::node::{Node, Value};

/// How a faulty value is treated the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mask {
    /// As if it were not written: the default may do.
    Absent,
    /// It is required: an empty stand-in takes its place.
    StandIn,
}

/// Paths of faulty values.
#[derive(Debug, Default)]
pub(super) struct Masks(BTreeMap<String, Mask>);

impl Masks {
    /// The values at and below `path` that are known to be faulty before they are read.
    pub(super) fn of_faulty(node: &Node, path: &str) -> Self {
        let mut masks = Self::default();
        masks.add_faulty(node, path);
        masks
    }

    fn add_faulty(&mut self, node: &Node, path: &str) {
        match &node.value {
            Value::Faulty => self.set(path, Mask::Absent),
            Value::Null | Value::Scalar(_) => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add_faulty(item, &format!("{path}[{index}]"));
                }
            }
            Value::Map(map) => {
                for entry in &map.0 {
                    self.add_faulty(&entry.value, &format!("{path}.{}", entry.key.name));
                }
            }
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<Mask> {
        self.0.get(path).copied()
    }

    pub(super) fn set(&mut self, path: &str, mask: Mask) {
        self.0.insert(path.to_owned(), mask);
    }

    /// Whether a complaint at `path` may only follow from what is masked at it or below it.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.0.keys().any(|masked| is_within(masked, path))
    }

    /// The fields of the struct at `path` that a stand-in takes the place of.
    pub(super) fn stand_ins<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(|(_, mask)| **mask == Mask::StandIn)
            .filter_map(move |(masked, _)| masked.strip_prefix(path)?.strip_prefix('.'))
            .filter(|rest| !rest.contains(['.', '[']))
    }
}

/// Whether `path` is `outer` or lies below it.
pub(super) fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The path of what contains `path`.
pub(super) fn parent(path: &str) -> Option<&str> {
    path.rfind(['.', '[']).map(|at| &path[..at])
}
