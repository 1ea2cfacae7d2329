//! What holds in the end, and who says so: files, environment, command line and defaults as one
//! tree of what is set.

use std::fmt;

use serde_json::Value;

use super::{
    Config, Place, expand,
    node::{Node, Scalar, ScalarKind, Value as Written},
    place::OriginKind,
    reader,
    reference::{Kind, Setting},
    secret,
};

/// A setting that holds.
#[derive(Debug, Clone)]
pub struct Effective {
    /// In dots from the top.
    pub path: String,
    /// Its own name.
    pub name: String,
    /// Its value, or what is below it.
    pub content: Content,
}

/// What a setting holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A value, and who says so.
    Value(Value, Source),
    /// Settings of their own.
    Section(Vec<Effective>),
}

/// Who says what holds.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file.
    File(Place),
    /// A file, which takes it from variables.
    Environment(Place, Vec<String>),
    /// An argument of the command line.
    Argument(String),
    /// Nobody: it is the default.
    Default,
}

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// As `***`.
    Masked,
    /// As they are.
    Shown,
}

/// In place of a secret.
const MASK: &str = "***";

impl Config {
    /// All that holds, for a server with the settings of `reference`, in the order of the files,
    /// defaults behind.
    pub fn effective(&self, reference: &Setting, secrets: Secrets) -> Vec<Effective> {
        Merge { secrets }.below(&self.root, Some(reference), "", true)
    }
}

impl Effective {
    /// All values at and below it.
    pub fn values(&self) -> Vec<(&str, &Value, &Source)> {
        match &self.content {
            Content::Value(value, source) => vec![(&self.path, value, source)],
            Content::Section(below) => below.iter().flat_map(Self::values).collect(),
        }
    }
}

struct Merge {
    secrets: Secrets,
}

impl Merge {
    /// What is written in `node`, then the defaults of what is not.
    fn below(
        &self,
        node: &Node,
        setting: Option<&Setting>,
        path: &str,
        is_top: bool,
    ) -> Vec<Effective> {
        let entries = node.as_map().unwrap_or_default().nested().0;
        let at = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        let mut all = Vec::new();
        for entry in &entries {
            // A place for anchors.
            if entry.value.is_null() || (is_top && entry.key.name.starts_with("x-")) {
                continue;
            }
            let path = at(&entry.key.name);
            let setting = setting.and_then(|it| it.below(&entry.key.name));
            all.push(self.written(&entry.value, setting, path, &entry.key.name));
        }
        let is_written = |name: &str| all.iter().any(|it| it.name == name);
        let defaults: Vec<_> = setting
            .map_or(&[][..], |it| &it.keys)
            .iter()
            .filter(|it| !it.is_useless && !is_written(it.name()))
            .filter_map(|it| default(it, it.default.as_ref()))
            .collect();
        all.extend(defaults);
        all
    }

    fn written(
        &self,
        node: &Node,
        setting: Option<&Setting>,
        path: String,
        name: &str,
    ) -> Effective {
        let kind = setting.map_or(&Kind::Any, |it| &it.kind);
        let has_levels = match kind {
            Kind::Section | Kind::Map(_) => node.as_map().is_some(),
            Kind::List(_) => false,
            _ => matches!(node.value, Written::Map(_)),
        };
        let content = match has_levels {
            true => Content::Section(self.below(node, setting, &path, false)),
            false => Content::Value(self.value(node, kind, &path), source(node)),
        };
        Effective {
            name: name.to_owned(),
            content,
            path,
        }
    }

    fn value(&self, node: &Node, kind: &Kind, path: &str) -> Value {
        if self.secrets == Secrets::Masked {
            let written = node.place.text();
            let from_secret = written.contains('$') && secret::is_secret(written);
            if secret::is_secret(path) || from_secret {
                return MASK.into();
            }
        }
        match (kind, &node.value) {
            (Kind::List(of), _) => reader::items(node)
                .iter()
                .map(|it| self.value(it, of, path))
                .collect(),
            (_, Written::Scalar(scalar)) => match typed(scalar, kind) {
                Value::String(text) if self.secrets == Secrets::Masked => {
                    secret::without_password(&text).into()
                }
                value => value,
            },
            (_, Written::List(items)) => items
                .iter()
                .map(|it| self.value(it, &Kind::Any, path))
                .collect(),
            (_, Written::Map(map)) => map
                .nested()
                .0
                .iter()
                .map(|it| {
                    let path = format!("{path}.{}", it.key.name);
                    let value = self.value(&it.value, &Kind::Any, &path);
                    (it.key.name.clone(), value)
                })
                .collect(),
            (_, Written::Faulty | Written::Null) => Value::Null,
        }
    }
}

/// As the service gets it: text is a number where one is due.
fn typed(scalar: &Scalar, kind: &Kind) -> Value {
    let read = match kind {
        Kind::Flag => reader::weak::boolean(scalar).map(Value::from),
        Kind::Whole => reader::weak::integer(scalar).and_then(whole),
        Kind::Number => reader::weak::float(scalar).map(Value::from),
        Kind::Named(name) if name == "megabytes" => reader::weak::integer(scalar).and_then(whole),
        Kind::Any => return plain(scalar),
        _ => None,
    };
    read.unwrap_or_else(|| reader::weak::text(scalar).into())
}

fn whole(value: i128) -> Option<Value> {
    let value = i64::try_from(value).map(Value::from);
    value.ok()
}

fn plain(scalar: &Scalar) -> Value {
    match scalar.kind {
        ScalarKind::Bool(value) => value.into(),
        ScalarKind::Integer(value) => whole(value).unwrap_or_else(|| scalar.text.clone().into()),
        ScalarKind::Float(value) => value.into(),
        ScalarKind::Text => scalar.text.clone().into(),
    }
}

fn source(node: &Node) -> Source {
    let place = &node.place;
    match place.kind() {
        OriginKind::Argument => Source::Argument(place.source_line().to_owned()),
        OriginKind::Json => Source::Argument(place.file().to_owned()),
        OriginKind::File => match expand::variables(place.text()) {
            names if names.is_empty() => Source::File(place.clone()),
            names => Source::Environment(place.clone(), names),
        },
    }
}

/// What holds of a setting that is not written; `None` where that is nothing.
fn default(setting: &Setting, default: Option<&Value>) -> Option<Effective> {
    let is_off = setting.is_section && !setting.implied;
    let content = match (&setting.kind, default) {
        (_, Some(Value::Null)) => return None,
        _ if is_off || setting.required => return None,
        (Kind::Section, _) => {
            let keys = setting.keys.iter().filter(|it| !it.is_useless);
            let below = keys
                .filter_map(|it| {
                    let said = default.and_then(|it_| it_.get(it.name()));
                    self::default(it, said.or(it.default.as_ref()))
                })
                .collect::<Vec<_>>();
            Content::Section(below)
        }
        (_, value) => Content::Value(value?.clone(), Source::Default),
    };
    Some(Effective {
        path: setting.path.clone(),
        name: setting.name().to_owned(),
        content,
    })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(place) => write!(f, "{place}"),
            Self::Environment(place, names) => write!(f, "{place}, ${}", names.join(", $")),
            Self::Argument(argument) => f.write_str(&secret::masked(argument)),
            Self::Default => f.write_str("default"),
        }
    }
}
