//! A configuration as far as it concerns the builder: which keys it has, and where.

use std::{fmt, sync::Arc};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned, options::DuplicateKeyPolicy};

use crate::{
    diagnostic::Diagnostic,
    source::{Place, Source},
};

/// A value with its place.
pub(super) type Node = Spanned<Tree>;

/// A value: what is neither a text nor made of others is of no interest.
pub(super) enum Tree {
    Nothing,
    Scalar,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

/// Reads the configuration in `source`; JSON is YAML.
pub(super) fn parse(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let options = serde_yaml::options! {
        // Which of two holds is for the server to say.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(&source.text, options).map_err(|error| {
        let said = error.without_snippet().to_string();
        let at = error.location().unwrap_or(Location::UNKNOWN);
        let message = format!("`{}` is no configuration: {said}", source.path.display());
        Diagnostic::new(message).at(place(source, at))
    })
}

/// The bytes of `source` that `location` covers, on one line.
pub(super) fn place(source: &Arc<Source>, location: Location) -> Place {
    let mut lines = source.text.split_inclusive('\n');
    let line = (location.line() as usize).saturating_sub(1);
    let begin: usize = lines.by_ref().take(line).map(str::len).sum();
    let text = lines.next().unwrap_or_default().trim_end();
    let column = (location.column() as usize).saturating_sub(1);
    let before = text
        .char_indices()
        .nth(column)
        .map_or(text.len(), |it| it.0);
    let rest = &text[before..];
    let end = rest.find([':', ',', ']', '#']).unwrap_or(rest.len());
    let start = begin + before;
    Place {
        source: Arc::clone(source),
        span: start..start + rest[..end].trim_end().len(),
    }
}

impl Tree {
    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &[(Spanned<String>, Node)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map at `key`, whose case does not matter.
    pub(super) fn get(&self, key: &str) -> Option<&(Spanned<String>, Node)> {
        let mut entries = self.entries().iter();
        entries.find(|(it, _)| it.value.eq_ignore_ascii_case(key))
    }

    /// The texts of a list, or the one that stands for a list.
    pub(super) fn texts(&self, location: Location) -> Vec<(&str, Location)> {
        match self {
            Self::Text(text) => vec![(text, location)],
            Self::List(items) => {
                let items = items.iter();
                items.flat_map(|it| it.value.texts(it.defined)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}
