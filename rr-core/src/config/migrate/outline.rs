//! A configuration as it was written: keys, values in their own spelling, comments; and how
//! settings move in it. Knows no version.

use super::{Note, comments::Comments};
use crate::config::{
    emit,
    node::{Entry, Node, Value},
};

/// A whole file.
#[derive(Debug)]
pub(super) struct Outline {
    /// Comments about the file.
    pub(super) head: Vec<String>,
    pub(super) branches: Vec<Branch>,
    /// Comments behind the last setting.
    pub(super) tail: Vec<String>,
    /// What people must be told.
    pub(super) notes: Vec<Note>,
}

/// A key with what is above, behind and below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch {
    /// As written; empty where a comment stands for a setting that is gone.
    pub(super) key: String,
    /// The lines above: comments, and empty ones.
    pub(super) lead: Vec<String>,
    /// The comment behind.
    pub(super) trail: String,
    pub(super) value: Written,
    /// Where it was, counted from 1.
    pub(super) line: usize,
}

/// A value in its own spelling.
#[derive(Debug, Clone, Default)]
pub(super) enum Written {
    #[default]
    Nothing,
    /// In one line.
    Word(String),
    List(Vec<Item>),
    Below(Vec<Branch>),
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) lead: Vec<String>,
    pub(super) value: Written,
    pub(super) trail: String,
}

impl Outline {
    /// Takes a file apart.
    pub(super) fn of(root: &Node, text: &str) -> Self {
        let mut comments = Comments::of(root, text);
        let head = comments.head(root);
        let branches = branches(root, "", &mut comments);
        Self {
            head,
            branches,
            tail: comments.rest(),
            notes: Vec::new(),
        }
    }

    /// The setting at a dotted path, in any case.
    pub(super) fn get(&self, path: &str) -> Option<&Branch> {
        let (first, rest) = split(path);
        let mut at = self.branches.iter().find(|it| it.is(first))?;
        for name in rest {
            at = at.below().iter().find(|it| it.is(name))?;
        }
        Some(at)
    }

    /// Puts another value in the place of that at a dotted path.
    pub(super) fn replace(&mut self, path: &str, word: String) {
        let (outer, last) = path.rsplit_once('.').unwrap_or(("", path));
        let names: Vec<&str> = outer.split('.').filter(|it| !it.is_empty()).collect();
        let at = section(&mut self.branches, &names);
        if let Some(branch) = at.iter_mut().find(|it| it.is(last)) {
            branch.value = Written::Word(word);
        }
    }

    /// Takes it out; sections that become empty go as well.
    pub(super) fn take(&mut self, path: &str) -> Option<Branch> {
        let names: Vec<&str> = path.split('.').collect();
        take(&mut self.branches, &names)
    }

    /// Puts a setting under a dotted path; what stands there already is kept.
    pub(super) fn put(&mut self, path: &str, mut branch: Branch) {
        let names: Vec<&str> = path.split('.').collect();
        let (last, outer) = names.split_last().expect("a path has a name");
        (*last).clone_into(&mut branch.key);
        let at = section(&mut self.branches, outer);
        match at.iter_mut().find(|it| it.is(last)) {
            Some(old) => old.adopt(branch),
            None => at.push(branch),
        }
    }

    /// Sets a value that nobody wrote, with the reason behind it.
    pub(super) fn set(&mut self, path: &str, word: impl Into<String>, reason: &str) {
        let trail = match reason {
            "" => String::new(),
            reason => format!("# {reason}"),
        };
        let value = Written::Word(word.into());
        self.put(
            path,
            Branch {
                trail,
                value,
                ..Branch::default()
            },
        );
    }

    /// Moves a setting, or all of a section.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let taken = self.take(from);
        let found = taken.is_some();
        if let Some(branch) = taken {
            self.put(to, branch);
        }
        found
    }

    /// Leaves a comment in place of a setting that nothing reads any more, and tells people.
    pub(super) fn drop(&mut self, path: &str, why: &str) {
        let Some(branch) = self.get(path).cloned() else {
            return;
        };
        self.note(branch.line, path, why);
        let gone = branch.commented(path, why);
        let (outer, _) = path.rsplit_once('.').unwrap_or(("", path));
        let names: Vec<&str> = outer.split('.').filter(|it| !it.is_empty()).collect();
        let at = section(&mut self.branches, &names);
        let last = path.rsplit('.').next().unwrap_or_default();
        if let Some(old) = at.iter_mut().find(|it| it.is(last)) {
            *old = gone;
        }
    }

    /// Tells people of a setting.
    pub(super) fn note(&mut self, line: usize, path: &str, text: &str) {
        self.notes.push(Note {
            line,
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }

    /// Makes room for a section before another one.
    pub(super) fn make_before(&mut self, name: &str, before: &str) {
        if self.get(name).is_none() {
            let at = self.branches.iter().position(|it| it.is(before));
            let branch = Branch {
                key: name.to_owned(),
                lead: vec![String::new()],
                value: Written::Below(Vec::new()),
                ..Branch::default()
            };
            self.branches.insert(at.unwrap_or(0), branch);
        }
    }

    /// Drops sections that have nothing in them any more, their comments staying behind.
    pub(super) fn prune(&mut self) {
        prune(&mut self.branches);
    }
}

impl Branch {
    pub(super) fn is(&self, name: &str) -> bool {
        self.key.eq_ignore_ascii_case(name)
    }

    pub(super) fn below(&self) -> &[Self] {
        match &self.value {
            Written::Below(below) => below,
            _ => &[],
        }
    }

    /// Its value, where that is one word, without quotes.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.value {
            Written::Word(word) => Some(word.trim_matches(['"', '\''])),
            _ => None,
        }
    }

    /// Takes what another of the same key has.
    fn adopt(&mut self, other: Self) {
        self.lead.extend(other.lead);
        match (&mut self.value, other.value) {
            (Written::Below(own), Written::Below(more)) => {
                for branch in more {
                    match own.iter_mut().find(|it| it.is(&branch.key)) {
                        Some(old) if !branch.key.is_empty() => old.adopt(branch),
                        _ => own.push(branch),
                    }
                }
            }
            (own @ Written::Nothing, value) => *own = value,
            _ => {}
        }
    }

    /// A comment in its place.
    fn commented(mut self, path: &str, why: &str) -> Self {
        let mut lead = std::mem::take(&mut self.lead);
        lead.push(format!("# not migrated: `{path}`: {why}"));
        lead.extend(super::write::lines(&self).map(|line| format!("# {line}")));
        Self {
            lead,
            line: self.line,
            ..Self::default()
        }
    }
}

fn split(path: &str) -> (&str, impl Iterator<Item = &str>) {
    let mut names = path.split('.');
    (names.next().unwrap_or_default(), names)
}

fn take(branches: &mut Vec<Branch>, names: &[&str]) -> Option<Branch> {
    let (first, rest) = names.split_first()?;
    let at = branches.iter().position(|it| it.is(first))?;
    match (rest, &mut branches[at].value) {
        ([], _) => Some(branches.remove(at)),
        (rest, Written::Below(below)) => take(below, rest),
        _ => None,
    }
}

/// The branches below a path; sections on the way are made.
fn section<'a>(branches: &'a mut Vec<Branch>, names: &[&str]) -> &'a mut Vec<Branch> {
    let Some((first, rest)) = names.split_first() else {
        return branches;
    };
    let at = branches.iter().position(|it| it.is(first));
    let at = at.unwrap_or_else(|| {
        branches.push(Branch {
            key: (*first).to_owned(),
            ..Branch::default()
        });
        branches.len() - 1
    });
    let value = &mut branches[at].value;
    if !matches!(value, Written::Below(_)) {
        *value = Written::Below(Vec::new());
    }
    match value {
        Written::Below(below) => section(below, rest),
        _ => unreachable!("made above"),
    }
}

fn prune(branches: &mut Vec<Branch>) {
    for branch in branches.iter_mut() {
        let Written::Below(below) = &mut branch.value else {
            continue;
        };
        prune(below);
        if below.iter().all(|it| it.key.is_empty()) {
            // Comments are all that is left.
            let below = std::mem::take(below);
            branch.key.clear();
            branch.value = Written::Nothing;
            branch.lead.extend(below.into_iter().flat_map(|it| it.lead));
        }
    }
    branches.retain(|it| !it.key.is_empty() || it.lead.iter().any(|line| !line.is_empty()));
}

fn branches(node: &Node, path: &str, comments: &mut Comments) -> Vec<Branch> {
    let map = node.as_map().unwrap_or_default();
    // Where names are free, a dot belongs to them.
    let has_levels = path.is_empty() || path == "http" || path.ends_with(".workers");
    let entries = match has_levels {
        true => map.nested().0,
        false => map.0,
    };
    let branch = |entry: &Entry| {
        let line = entry.key.place.line();
        let lead = comments.before(&entry.key.place);
        let trail = comments.behind(entry);
        let path = match path {
            "" => entry.key.name.clone(),
            path => format!("{path}.{}", entry.key.name),
        };
        Branch {
            key: entry.key.written.clone(),
            lead,
            trail,
            value: written(&entry.value, &path, comments),
            line,
        }
    };
    entries.iter().map(branch).collect()
}

fn written(node: &Node, path: &str, comments: &mut Comments) -> Written {
    match &node.value {
        Value::Faulty | Value::Null => Written::Nothing,
        Value::Scalar(scalar) => {
            let own = node.place.text().trim();
            Written::Word(match emit::reads_as(own, scalar) {
                true => own.to_owned(),
                false => emit::text(&scalar.text),
            })
        }
        Value::Map(map) if map.0.is_empty() => Written::Word("{}".to_owned()),
        Value::Map(_) => Written::Below(branches(node, path, comments)),
        Value::List(items) if items.is_empty() => Written::Word("[]".to_owned()),
        Value::List(items) => Written::List(
            items
                .iter()
                .map(|it| Item {
                    lead: comments.before(&it.place),
                    trail: comments.behind_item(it),
                    value: written(it, path, comments),
                })
                .collect(),
        ),
    }
}
