//! YAML (and JSON) text to the tree. The one module that knows the YAML reader.

use std::{fmt, sync::Arc};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{
    Location, Spanned,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use super::{
    Diagnostic, Place,
    node::{Entry, Key, Map, Node, Scalar, ScalarKind, Value},
    place::{Origin, OriginKind},
};

/// Values in one file, those repeated by aliases included: far above any real file, low enough
/// to refuse an alias bomb at once.
const MAX_NODES: usize = 20_000;

/// Reads one file's text.
pub(super) fn parse(name: &str, text: &str) -> Result<Node, Diagnostic> {
    parse_as(name, text, OriginKind::File)
}

/// Reads a text of another kind.
pub(super) fn parse_as(name: &str, text: &str, kind: OriginKind) -> Result<Node, Diagnostic> {
    let origin = Arc::new(Origin {
        name: name.to_owned(),
        text: text.trim_start_matches('\u{feff}').to_owned(),
        kind,
    });
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! { max_nodes: MAX_NODES },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        // As today's reader: `yes` is text, `0755` is octal.
        strict_booleans: true,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let tree: Result<Spanned<Tree>, _> = serde_yaml::from_str_with_options(&origin.text, options);
    match tree {
        Ok(tree) => node(tree, &origin),
        Err(err) => Err(syntax_error(&err, &origin)),
    }
}

fn syntax_error(err: &serde_yaml::Error, origin: &Arc<Origin>) -> Diagnostic {
    let location = err.location().unwrap_or(Location::UNKNOWN);
    let mut err = err.without_snippet();
    while let serde_yaml::Error::AliasError { error, .. } = err {
        err = error;
    }
    let said = err.to_string();
    let suffix = format!(" at line {}, column {}", location.line(), location.column());
    let said = said.strip_suffix(&suffix).unwrap_or(&said);
    let (message, help) = explain(err, said);
    let message = backticked(message);

    let diagnostic = Diagnostic::error(message).at(&place(location, origin));
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Quotes that are no apostrophes become backticks.
fn backticked(message: &str) -> String {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let mut shown = String::with_capacity(message.len());
    let mut rest = message.chars().peekable();
    let mut before = None;
    while let Some(c) = rest.next() {
        let apostrophe = letter(before) && letter(rest.peek().copied());
        shown.push(if c == '\'' && !apostrophe { '`' } else { c });
        before = Some(c);
    }
    shown
}

/// The reader speaks to programmers; this is for who edits the file.
fn explain<'a>(err: &serde_yaml::Error, said: &'a str) -> (&'a str, Option<&'static str>) {
    use serde_yaml::Error;
    match err {
        Error::MultipleDocuments { .. } => (
            "a second document begins here",
            Some("a configuration is one document: remove the line `---` above"),
        ),
        Error::NullIntoString { .. } | Error::Unexpected { .. } => (
            "a key must be text",
            Some("put it in quotes if it is meant"),
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => ("this alias contains itself", None),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } => (
            "the file grows too large when its aliases are followed",
            Some("repeat fewer aliases (`*name`), or write the values out"),
        ),
        _ if said.contains("tabs disallowed") => {
            ("a tab cannot indent", Some("indent with spaces"))
        }
        _ if said.contains("mapping values are not allowed") => (
            "a second `: ` in one line, or a line indented too far",
            Some("put a value that contains `: ` in quotes"),
        ),
        _ if said.contains("unexpected character") => (
            said,
            Some("a value that begins with a special character needs quotes"),
        ),
        _ => (said, None),
    }
}

fn place(location: Location, origin: &Arc<Origin>) -> Place {
    let span = location.span();
    match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(len)) => Place::new(origin, start as usize, len as usize),
        _ => Place::at(origin, location.line() as usize, location.column() as usize),
    }
}

fn node(tree: Spanned<Tree>, origin: &Arc<Origin>) -> Result<Node, Diagnostic> {
    let place = place(tree.defined, origin);
    let value = match tree.value {
        Tree::Null => Value::Null,
        Tree::Scalar(kind, text) => Value::Scalar(Scalar {
            text: text.unwrap_or_else(|| spelling(&place, kind)),
            kind,
        }),
        Tree::List(items) => Value::List(
            items
                .into_iter()
                .map(|item| node(item, origin))
                .collect::<Result<_, _>>()?,
        ),
        Tree::Map(entries) => Value::Map(map(entries, origin)?),
    };
    Ok(Node { place, value })
}

fn map(
    entries: Vec<(Spanned<String>, Spanned<Tree>)>,
    origin: &Arc<Origin>,
) -> Result<Map, Diagnostic> {
    let mut map = Map::default();
    for (key, value) in entries {
        let merged = key.referenced != key.defined;
        let key = Key::new(key.value, place(key.defined, origin));
        let mut value = node(value, origin)?;
        if !matches!(value.value, Value::Scalar(_)) {
            value.place = key.place.clone();
        }
        match map.get(&key.name) {
            // What a map says itself beats what it merges.
            Some(_) if merged => {}
            Some(first) => return Err(duplicate(&key, &first.key)),
            None => map.insert(Entry { key, value }),
        }
    }
    Ok(map)
}

fn duplicate(key: &Key, first: &Key) -> Diagnostic {
    let also = if key.written == first.written {
        String::new()
    } else {
        format!(
            " (keys are compared without regard to case: `{}`)",
            first.written
        )
    };
    Diagnostic::error(format!("`{}` is set twice{also}", key.written))
        .at(&key.place)
        .help(format!(
            "it is first set at {}: keep one of the two",
            first.place
        ))
}

/// How a number or boolean is spelt in the file, so that text made of it is what was written.
fn spelling(place: &Place, kind: ScalarKind) -> String {
    match kind {
        ScalarKind::Bool(value) => value.to_string(),
        ScalarKind::Integer(_) | ScalarKind::Float(_) if !place.text().is_empty() => {
            place.text().trim().to_owned()
        }
        ScalarKind::Integer(value) => value.to_string(),
        ScalarKind::Float(value) => value.to_string(),
        ScalarKind::Text => String::new(),
    }
}

/// What the YAML reader reports, before places are attached.
enum Tree {
    Null,
    Scalar(ScalarKind, Option<String>),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
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
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Bool(value), None))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Integer(value.into()), None))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Integer(value.into()), None))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Integer(value), None))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Float(value), None))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Text, Some(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Scalar(ScalarKind::Text, Some(value)))
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
