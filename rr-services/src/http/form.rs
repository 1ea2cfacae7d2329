//! Form fields with PHP's bracket names as trees: `a[b][]=1` becomes `{"a":{"b":["1"]}}`.
//!
//! Keys are strings throughout (numeric ones
//! too), sorted; spaces in names are ignored; a name of more than 127 keys is dropped.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

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

/// Two fields want the same place in different shapes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the form names `{0}` both as a value and as an array")]
pub(crate) struct Conflict(String);

/// A value that gives way to another one of a different shape.
pub(crate) trait Blank {
    fn is_blank(&self) -> bool;
}

impl Blank for String {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// Parses an urlencoded body. Like PHP it takes what browsers never send (stray `%`, `;`) as it stands.
pub(crate) fn urlencoded(body: &[u8]) -> Result<Tree<String>, Conflict> {
    Tree::from_fields(form_urlencoded::parse(body))
}

impl<V: Blank> Tree<V> {
    /// Of fields with the same name the last one counts, or all, where the name ends in `[]`.
    pub(crate) fn from_fields<N: AsRef<str>, I: Into<V>>(
        fields: impl IntoIterator<Item = (N, I)>,
    ) -> Result<Self, Conflict> {
        let mut tree = Self(BTreeMap::new());
        for (name, value) in fields {
            let name = name.as_ref();
            if let Some(keys) = keys(name) {
                tree.insert(&keys, value.into())
                    .map_err(|()| Conflict(name.to_owned()))?;
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &str, expected: &str) {
        let json = match urlencoded(body.as_bytes()) {
            Ok(tree) => serde_json::to_string(&tree).unwrap(),
            Err(conflict) => conflict.to_string(),
        };
        assert_eq!(json, expected, "{body}");
    }

    #[test]
    fn names_with_brackets_are_trees() {
        check("", "{}");
        check("a=1&a=2", r#"{"a":"2"}"#);
        check("a[]=1&a[]=2", r#"{"a":["1","2"]}"#);
        check(
            "a[b][]=1&a[b][]=2&a[c]=3",
            r#"{"a":{"b":["1","2"],"c":"3"}}"#,
        );
        check("a[0]=x&a[1]=y", r#"{"a":{"0":"x","1":"y"}}"#);
        check("key[sub]value=1", r#"{"key":{"sub":{"value":"1"}}}"#);
        check(
            "caf%C3%A9=%F0%9F%90%98&x=a+b%26",
            r#"{"café":"🐘","x":"a b&"}"#,
        );
        check(
            "a=&a=5&b[][x]=1&b[][y]=2&h =3&k.l=4&p[q]r=1&[z=1&]w=2",
            r#"{"":{"w":"2","z":"1"},"a":"5","b":{"":{"x":"1","y":"2"}},"h":"3","k.l":"4","p":{"q":{"r":"1"}}}"#,
        );
    }

    #[test]
    fn an_empty_value_gives_way_to_a_branch_two_full_ones_conflict() {
        check("a=&a[b]=1", r#"{"a":{"b":"1"}}"#);
        check("a[b]=1&a=", r#"{"a":{"b":"1"}}"#);
        check("a[]=&a[b]=1", r#"{"a":{"b":"1"}}"#);
        check(
            "a=1&a[b]=1",
            "the form names `a[b]` both as a value and as an array",
        );
        check(
            "a[]=1&a=2",
            "the form names `a` both as a value and as an array",
        );
    }

    #[test]
    fn a_name_of_too_many_keys_is_dropped() {
        let deep = |keys: usize| format!("a{}=1", "[b]".repeat(keys - 1));
        assert!(!urlencoded(deep(127).as_bytes()).unwrap().0.is_empty());
        check(&deep(128), "{}");
        assert_eq!(keys(&"[]".repeat(1 << 20)), None);
    }

    proptest! {
        #[test]
        fn any_body_is_a_tree_or_a_conflict(body in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(tree) = urlencoded(&body) {
                serde_json::to_string(&tree).unwrap();
            }
        }

        #[test]
        fn brackets_in_any_order(body in "[]ab\\[= &]{0,60}") {
            if let Ok(tree) = urlencoded(body.as_bytes()) {
                serde_json::to_string(&tree).unwrap();
            }
        }
    }
}
