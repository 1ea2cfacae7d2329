//! The configuration as a tree that remembers where each key and value was written.

use super::Place;

/// Levels that a dotted key or an override may make: above any setting, far below what a walk
/// down the tree can take.
pub(super) const MAX_LEVELS: usize = 32;

/// A value and its place. A list, a map or nothing below a key has the place of the key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A mistake that is reported already.
    Faulty,
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Map),
}

/// One word of the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    /// As written, environment expanded; a number keeps its spelling (`1.10`, `0755`).
    pub(crate) text: String,
    pub(crate) kind: ScalarKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScalarKind {
    Text,
    Bool(bool),
    Integer(i128),
    Float(f64),
}

/// Entries in the order of the file; names are unique.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Map(pub(crate) Vec<Entry>);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

/// A key: compared in lower case, shown as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) written: String,
    pub(crate) place: Place,
}

impl Node {
    pub(crate) fn text(text: impl Into<String>, place: Place) -> Self {
        let text = text.into();
        let kind = ScalarKind::Text;
        Self {
            place,
            value: Value::Scalar(Scalar { text, kind }),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// Reads the node as a map, as today's reader does: nothing and the empty list are the
    /// empty map, a list of maps is one map.
    pub(crate) fn as_map(&self) -> Option<Map> {
        match &self.value {
            Value::Null => Some(Map::default()),
            Value::Faulty | Value::Scalar(_) => None,
            Value::Map(map) => Some(map.clone()),
            Value::List(items) => {
                let mut merged = Map::default();
                for item in items {
                    let Value::Map(map) = &item.value else {
                        return None;
                    };
                    map.0.iter().cloned().for_each(|entry| merged.insert(entry));
                }
                Some(merged)
            }
        }
    }

    /// Follows a dotted path, through dotted keys too.
    pub(crate) fn find(&self, path: &str) -> Option<Self> {
        let mut node = self.clone();
        for name in path.split('.') {
            node = node.as_map()?.nested().get(name)?.value.clone();
        }
        Some(node)
    }

    /// Sets the value at a path of names, making maps on the way.
    pub(crate) fn set(&mut self, path: &[Key], value: Self) {
        let [key, rest @ ..] = path else {
            *self = value;
            return;
        };
        let mut map = self
            .as_map()
            .unwrap_or_default()
            .nested_if(|head| head == key.name);
        let mut entry = map.get(&key.name).cloned().unwrap_or_else(|| Entry {
            key: key.clone(),
            value: Self {
                place: key.place.clone(),
                value: Value::Map(Map::default()),
            },
        });
        entry.value.set(rest, value);
        map.insert(entry);
        self.value = Value::Map(map);
    }
}

impl Map {
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key.name == name)
    }

    /// Adds an entry; one of the same name is replaced where it stands.
    pub(crate) fn insert(&mut self, entry: Entry) {
        match self.0.iter_mut().find(|old| old.key.name == entry.key.name) {
            Some(old) => *old = entry,
            None => self.0.push(entry),
        }
    }

    /// Makes levels of dotted keys: `http2.h2c: true` is `http2: {h2c: true}`.
    ///
    /// Done where names are settings, not where they are free (an environment variable, a
    /// topic): there a dot belongs to the name.
    pub(crate) fn nested(&self) -> Self {
        self.nested_if(|_| true)
    }

    fn nested_if(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let mut nested = Self::default();
        for entry in &self.0 {
            nested.merge(match entry.key.levels() {
                Some((outer, inner)) if wanted(&outer.name) => {
                    Entry::below(outer, inner, &entry.value)
                }
                _ => entry.clone(),
            });
        }
        nested
    }

    /// Adds an entry; a map is merged with the one that is there, anything else replaced.
    pub(crate) fn merge(&mut self, entry: Entry) {
        let old = self.0.iter_mut().find(|old| old.key.name == entry.key.name);
        match (old, &entry.value.value) {
            (
                Some(Entry {
                    value:
                        Node {
                            value: Value::Map(old),
                            ..
                        },
                    ..
                }),
                Value::Map(new),
            ) => {
                new.0.iter().cloned().for_each(|entry| old.merge(entry));
            }
            _ => self.insert(entry),
        }
    }
}

impl Key {
    pub(crate) fn new(written: impl Into<String>, place: Place) -> Self {
        let written = written.into();
        Self {
            name: written.to_lowercase(),
            written,
            place,
        }
    }

    /// The first level of a dotted key, and the rest.
    fn levels(&self) -> Option<(Self, Self)> {
        let (outer, inner) = self.written.split_once('.')?;
        if self.written.matches('.').count() >= MAX_LEVELS {
            return None;
        }
        (!outer.is_empty() && !inner.is_empty()).then(|| {
            let place = &self.place;
            (
                Self::new(outer, place.clone()),
                Self::new(inner, place.clone()),
            )
        })
    }
}

impl Entry {
    fn below(outer: Key, inner: Key, value: &Node) -> Self {
        let place = outer.place.clone();
        let inner = Self {
            key: inner,
            value: value.clone(),
        };
        Self {
            key: outer,
            value: Node {
                place,
                value: Value::Map(Map(vec![inner])),
            },
        }
    }
}
