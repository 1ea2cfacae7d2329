//! Form fields with PHP's bracket names as trees: `a[b][]=1` becomes `{"a":{"b":["1"]}}`.
//!
//! Keys are strings throughout (numeric ones
//! too), sorted; spaces in names are ignored; a name of more than 127 keys is dropped.

use std::{borrow::Cow, collections::BTreeMap};

use percent_encoding::percent_decode;
use serde::{Serialize, Serializer};

use super::text::text;

/// The deepest name that is kept.
const MAX_KEYS: usize = 127;

/// A tree of fields, or of anything else that fields can name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Tree<V>(BTreeMap<String, Node<V>>);

#[derive(Clone, Debug, PartialEq)]
enum Node<V> {
    One(Option<V>),
    Many(Vec<V>),
    Branch(Tree<V>),
}

/// Why fields are no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadForm {
    /// Two of them want the same place in different shapes.
    #[error("the form names `{0}` both as a value and as an array")]
    Conflict(String),
    /// PHP's arrays are slow where keys are chosen with malice, so there is a bound.
    #[error("the form has more than {0} fields")]
    TooMany(usize),
}

/// A value that gives way to another one of a different shape.
pub(crate) trait Blank {
    fn is_blank(&self) -> bool;
}

impl Blank for String {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// The fields of an urlencoded body. Like PHP it takes what browsers never send (stray `%`, `;`) as it stands.
pub(crate) fn urlencoded(body: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let fields = body.split(|it| *it == b'&').filter(|it| !it.is_empty());
    fields.map(|field| {
        let at = field.iter().position(|it| *it == b'=');
        let (name, value) = field.split_at(at.unwrap_or(field.len()));
        (unescape(name), unescape(value.get(1..).unwrap_or_default()))
    })
}

fn unescape(escaped: &[u8]) -> Cow<'_, str> {
    if !escaped.iter().any(|it| matches!(it, b'%' | b'+')) {
        return text(escaped);
    }
    let mut spaced = escaped.to_vec();
    for byte in spaced.iter_mut().filter(|it| **it == b'+') {
        *byte = b' ';
    }
    let plain: Vec<u8> = percent_decode(&spaced).collect();
    match String::from_utf8(plain) {
        Ok(plain) => plain.into(),
        Err(error) => text(error.as_bytes()).into_owned().into(),
    }
}

impl<V: Blank> Tree<V> {
    /// Of fields with the same name the last one counts, or all, where the name ends in `[]`.
    /// At most `most` of them are taken; 0 is no limit.
    pub(crate) fn from_fields<N: AsRef<str>, I: Into<V>>(
        fields: impl IntoIterator<Item = (N, I)>,
        most: usize,
    ) -> Result<Self, BadForm> {
        let mut tree = Self(BTreeMap::new());
        for (count, (name, value)) in fields.into_iter().enumerate() {
            if most != 0 && count == most {
                return Err(BadForm::TooMany(most));
            }
            let name = name.as_ref();
            if let Some(keys) = keys(name) {
                tree.insert(&keys, value.into())
                    .map_err(|()| BadForm::Conflict(name.to_owned()))?;
            }
        }
        Ok(tree)
    }

    /// `Err` where the place is taken by another shape.
    fn insert(&mut self, keys: &[String], value: V) -> Result<(), ()> {
        let (key, deeper) = keys.split_first().ok_or(())?;
        let shape = Shape::of(deeper);
        let node = self
            .0
            .entry(key.clone())
            .or_insert_with(|| Node::new(shape));
        if node.shape() != shape {
            match (node.is_blank(), value.is_blank()) {
                (true, _) => *node = Node::new(shape),
                (false, true) => return Ok(()),
                (false, false) => return Err(()),
            }
        }
        match node {
            Node::One(one) => *one = Some(value),
            Node::Many(all) => all.push(value),
            Node::Branch(tree) => tree.insert(deeper, value)?,
        }
        Ok(())
    }
}

/// What the keys that are left make of a place.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    One,
    Many,
    Branch,
}

impl Shape {
    fn of(deeper: &[String]) -> Self {
        match deeper {
            [] => Self::One,
            [last] if last.is_empty() => Self::Many,
            _ => Self::Branch,
        }
    }
}

impl<V: Blank> Node<V> {
    fn new(shape: Shape) -> Self {
        match shape {
            Shape::One => Self::One(None),
            Shape::Many => Self::Many(Vec::new()),
            Shape::Branch => Self::Branch(Tree(BTreeMap::new())),
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::One(_) => Shape::One,
            Self::Many(_) => Shape::Many,
            Self::Branch(_) => Shape::Branch,
        }
    }

    fn is_blank(&self) -> bool {
        match self {
            Self::One(value) => value.as_ref().is_none_or(V::is_blank),
            Self::Many(all) => all.len() < 2 && all.iter().all(V::is_blank),
            Self::Branch(_) => false,
        }
    }
}

impl<V: Serialize> Serialize for Node<V> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(to),
            Self::Many(all) => all.serialize(to),
            Self::Branch(tree) => tree.serialize(to),
        }
    }
}

/// `a[b][]` to `a`, `b`, and an empty key. A missing bracket ends the name; text between
/// `]` and `[` is a key of its own. `None` where there are too many.
fn keys(name: &str) -> Option<Vec<String>> {
    let mut keys = vec![String::new()];
    let mut inside = false;
    let mut closed = false;
    for c in name.chars().filter(|c| *c != ' ') {
        match c {
            '[' if !inside => {
                inside = true;
                closed = false;
                keys.push(String::new());
            }
            ']' => {
                inside = false;
                closed = true;
            }
            c => {
                if closed {
                    closed = false;
                    keys.push(String::new());
                }
                if let Some(key) = keys.last_mut() {
                    key.push(c);
                }
            }
        }
        if keys.len() > MAX_KEYS {
            return None;
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests;
