//! What is different in the server of another manifest.

mod lock;
mod sources;

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;

use crate::{
    embed::Embedded,
    resolve::{Allocator, Line, Plan},
};

pub use lock::versions;

/// One difference: what is not in the one or the other is `None` there.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Of what kind it is: `service`, `crate`.
    pub kind: &'static str,
    /// What it is about.
    pub name: String,
    /// What the old server has.
    pub old: Option<String>,
    /// What the new one has.
    pub new: Option<String>,
}

/// What the server of `new` has that the server of `old` has not, and the reverse.
pub fn plans(old: &Plan, new: &Plan) -> Vec<Change> {
    let settings = |plan: &Plan| {
        BTreeMap::from([
            ("allocator".to_owned(), allocator(&plan.allocator)),
            ("configuration".to_owned(), config(plan)),
            ("name".to_owned(), plan.name.clone()),
            ("profile".to_owned(), plan.profile.cargo().to_owned()),
            ("target".to_owned(), plan.target.clone().unwrap_or_default()),
            ("version".to_owned(), plan.version.to_string()),
        ])
    };
    let mut changes = changes("server", &settings(old), &settings(new));
    for (kind, old, new) in [
        ("service", &old.services, &new.services),
        ("middleware", &old.middleware, &new.middleware),
        ("command", &old.commands, &new.commands),
    ] {
        changes.extend(self::changes(kind, &named(old), &named(new)));
        changes.extend(order(kind, old, new));
    }
    // That a crate is new or gone is told by what it offers.
    let moved = self::changes("source", &sources::crates(old), &sources::crates(new));
    changes.extend(
        moved
            .into_iter()
            .filter(|it| it.old.is_some() && it.new.is_some()),
    );
    let patches = [old, new].map(sources::patches);
    changes.extend(self::changes("patch", &patches[0], &patches[1]));
    let features = |it: &Plan| {
        it.features
            .iter()
            .map(|it| (it.clone(), String::new()))
            .collect()
    };
    changes.extend(self::changes("feature", &features(old), &features(new)));
    let files = |it: &Plan| it.embed.as_ref().map(files).unwrap_or_default();
    changes.extend(self::changes("file", &files(old), &files(new)));
    changes
}

/// What is in `old` and `new` by name, without what is the same in both.
pub fn changes(
    kind: &'static str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let changed = names.into_iter().filter(|it| old.get(*it) != new.get(*it));
    changed
        .map(|name| Change {
            kind,
            name: name.clone(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}

/// The order decides on starts and on who sees a request first.
fn order(kind: &'static str, old: &[Line], new: &[Line]) -> Option<Change> {
    let both = |of: &[Line], other: &[Line]| -> Vec<String> {
        let shared = of
            .iter()
            .filter(|it| other.iter().any(|other| other.code == it.code));
        shared.map(label).collect()
    };
    let (before, after) = (both(old, new), both(new, old));
    (before != after).then(|| Change {
        kind,
        name: "order".to_owned(),
        old: Some(before.join(", ")),
        new: Some(after.join(", ")),
    })
}

fn named(lines: &[Line]) -> BTreeMap<String, String> {
    // Code that stands for itself says nothing twice.
    let code = |it: &Line| match it.name {
        Some(_) => it.code.text().to_owned(),
        None => String::new(),
    };
    lines.iter().map(|it| (label(it), code(it))).collect()
}

fn label(line: &Line) -> String {
    line.name
        .clone()
        .unwrap_or_else(|| line.code.text().to_owned())
}

fn allocator(allocator: &Allocator) -> String {
    match allocator {
        Allocator::Mimalloc => "mimalloc".to_owned(),
        Allocator::System => "system".to_owned(),
        Allocator::Own(line) => line.code.text().to_owned(),
    }
}

fn config(plan: &Plan) -> String {
    let Some(config) = &plan.config else {
        return String::new();
    };
    content(&config.path)
}

fn files(embed: &Embedded) -> BTreeMap<String, String> {
    let files = embed.files.iter().map(|it| {
        let content = content(&embed.folder.join(&it.name));
        let mode = if it.executable { ", executable" } else { "" };
        (it.name.clone(), format!("{content}{mode}"))
    });
    files.collect()
}

/// The size and the sum of a file; what cannot be read differs from everything.
fn content(path: &Path) -> String {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    match fs::read(path) {
        Ok(bytes) => {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let sum = hasher.finish() as u32;
            format!("{} bytes, {sum:08x}", bytes.len())
        }
        Err(error) => error.to_string(),
    }
}
