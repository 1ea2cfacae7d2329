//! What differs between two configurations, setting by setting, and one made of parts of both.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::Value as Json;

use super::{
    Config,
    effective::{Effective, Secrets, Source},
    node::{Entry, Map, Node, Value},
    reference::Setting,
};

/// A setting that holds something else than before.
#[derive(Debug, Clone)]
pub struct Difference {
    /// In dots from the top.
    pub path: String,
    /// What it held, secrets as `***`; `None` where that was nothing.
    pub from: Option<Json>,
    /// What it is to hold.
    pub to: Option<Json>,
    /// Who says so.
    pub source: Option<Source>,
}

impl Config {
    /// What holds in `new` and not in this one, for a server with the settings of `reference`, in
    /// the order of `new`; what holds no more comes last.
    pub fn differences(&self, new: &Self, reference: &Setting) -> Vec<Difference> {
        let all = |config: &Self, secrets| -> Vec<_> {
            let effective = config.effective(reference, secrets);
            effective
                .iter()
                .flat_map(Effective::values)
                .map(owned)
                .collect()
        };
        // Secrets are compared as they are, and shown as they are to be.
        let both = |config: &Self| -> Vec<Held> {
            let shown = all(config, Secrets::Masked).into_iter();
            let shown = shown.zip(all(config, Secrets::Shown));
            shown
                .map(|((path, shown, source), (_, value, _))| Held {
                    path,
                    shown,
                    value,
                    source,
                })
                .collect()
        };
        let before = both(self);
        let mut old: BTreeMap<&str, &Held> = before.iter().map(|it| (&*it.path, it)).collect();
        let mut found = Vec::new();
        for it in both(new) {
            let before = old.remove(&*it.path);
            if before.is_none_or(|before| before.value != it.value) {
                found.push(Difference {
                    from: before.map(|it| it.shown.clone()),
                    to: Some(it.shown),
                    path: it.path,
                    source: Some(it.source),
                });
            }
        }
        found.extend(old.into_values().map(|it| Difference {
            path: it.path.clone(),
            from: Some(it.shown.clone()),
            to: None,
            source: None,
        }));
        found
    }

    /// This one with the settings at and below `taken` as they are in `new`, and all others of
    /// `kept` as they are here. What is named in neither is as in `new`: nobody reads it.
    #[must_use]
    pub fn with_parts_of(&self, new: &Self, taken: &[&str], kept: &[&str]) -> Self {
        let parts = Parts { taken, kept };
        Self {
            root: parts.merge(&self.root, &new.root, ""),
            variables: new.variables.clone(),
        }
    }
}

struct Held {
    path: String,
    shown: Json,
    value: Json,
    source: Source,
}

fn owned((path, value, source): (&str, &Json, &Source)) -> (String, Json, Source) {
    (path.to_owned(), value.clone(), source.clone())
}

struct Parts<'a> {
    taken: &'a [&'a str],
    kept: &'a [&'a str],
}

impl Parts<'_> {
    fn merge(&self, old: &Node, new: &Node, path: &str) -> Node {
        let (olds, news) = (entries(old), entries(new));
        let names = news.0.iter().chain(&olds.0).map(|it| &it.key.name);
        let mut merged = Map::default();
        for name in names {
            if merged.get(name).is_some() {
                continue;
            }
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let (old, new) = (olds.get(name), news.get(name));
            let entry = match self.side(&path) {
                Side::New => new.cloned(),
                Side::Old => old.cloned(),
                Side::Both => new.or(old).map(|it| Entry {
                    key: it.key.clone(),
                    value: self.merge(&below(old, it), &below(new, it), &path),
                }),
            };
            if let Some(entry) = entry {
                merged.insert(entry);
            }
        }
        Node {
            place: new.place.clone(),
            value: Value::Map(merged),
        }
    }

    /// Where what is at `path` comes from. The nearest setting around it counts, unless one below
    /// it says otherwise.
    fn side(&self, path: &str) -> Side {
        let around = |settings: &[&str]| {
            let around = settings.iter().filter(|it| is_within(path, it));
            around.map(|it| it.len() + 1).max().unwrap_or_default()
        };
        let has_below = |settings: &[&str]| {
            let mut others = settings.iter().filter(|it| **it != path);
            others.any(|it| is_within(it, path))
        };
        let (taken, kept) = (has_below(self.taken), has_below(self.kept));
        match around(self.taken).cmp(&around(self.kept)) {
            Ordering::Greater if !kept => Side::New,
            Ordering::Less if !taken => Side::Old,
            Ordering::Equal if !kept => Side::New,
            Ordering::Equal if !taken => Side::Old,
            _ => Side::Both,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
    Both,
}

fn entries(node: &Node) -> Map {
    node.as_map().unwrap_or_default().nested()
}

/// The value of one of two entries; nothing where there is only the other.
fn below(entry: Option<&Entry>, other: &Entry) -> Node {
    let nothing = || Node {
        place: other.key.place.clone(),
        value: Value::Null,
    };
    entry.map_or_else(nothing, |it| it.value.clone())
}

fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
}
