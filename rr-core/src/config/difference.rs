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

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "a: {b: 1, c: {d: 2, e: [1, 2]}, z: 9}\nf: {g: x}\ns: {token: one}";
    const NEW: &str = "a: {b: 5, c.d: 3, c: {e: [2]}}\nh: {i: y}\ns: {token: two}";

    fn read(text: &str) -> Config {
        Config::from_text(".rr.yaml", text).unwrap()
    }

    fn parts(taken: &[&str], kept: &[&str]) -> Json {
        read(OLD).with_parts_of(&read(NEW), taken, kept).to_json()
    }

    #[test]
    fn what_differs_is_found_with_who_says_so() {
        let found = read(OLD).differences(&read(NEW), &Setting::default());
        let told = found.iter().map(|it| {
            let source = it.source.as_ref().map(ToString::to_string);
            let (from, to) = (it.from.clone(), it.to.clone());
            let value = |it: Option<Json>| it.map_or("-".to_owned(), |it| it.to_string());
            let source = source.unwrap_or_default();
            format!("{} {} {} {source}", it.path, value(from), value(to))
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "a.b 1 5 .rr.yaml:1:8",
                "a.c.d 2 3 .rr.yaml:1:16",
                "a.c.e [1,2] [2] .rr.yaml:1:23",
                "h.i - \"y\" .rr.yaml:2:8",
                "s.token \"***\" \"***\" .rr.yaml:3:12",
                "a.z 9 - ",
                "f.g \"x\" - ",
            ]
        );
        assert!(
            read(OLD)
                .differences(&read(OLD), &Setting::default())
                .is_empty()
        );
    }

    #[test]
    fn parts_of_both_make_one() {
        let all = ["a.b", "a.c.d", "a.c.e", "h.i", "s.token", "a.z", "f.g"];
        assert_eq!(parts(&all, &[]), read(NEW).to_json());
        assert_eq!(parts(&[], &all), read(OLD).to_json());
        let some = parts(
            &["a.b", "a.c.e", "h.i"],
            &["a.c.d", "s.token", "a.z", "f.g"],
        );
        let expected = "a: {b: 5, c: {d: 2, e: [2]}, z: 9}\nh: {i: y}\ns: {token: one}\nf: {g: x}";
        assert_eq!(some, read(expected).to_json());
        // A section as a whole, but for a part of it.
        let section = parts(&["a", "f", "h", "s"], &["a.c"]);
        assert_eq!(
            section["a"],
            serde_json::json!({"b": 5, "c": {"d": 2, "e": [1, 2]}})
        );
        assert_eq!(section["f"], Json::Null);
    }
}
