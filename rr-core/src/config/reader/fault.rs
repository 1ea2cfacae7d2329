//! Why a value does not fit its type; collects place and path on its way out of the tree.

use std::fmt::{self, Display};

use serde::de;

use crate::config::{
    Diagnostic, Place,
    nearest::nearest,
    node::{Node, Scalar, Value},
    secret,
};

/// The error of the reader. Made by the type that refuses, placed by the innermost value that it
/// was reading.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    help: Option<String>,
    /// The required field that was not there.
    pub(super) missing: Option<&'static str>,
    spot: Option<Spot>,
}

#[derive(Debug)]
struct Spot {
    path: String,
    place: Option<Place>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            missing: None,
            spot: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `expected a whole number, found `many``.
    pub(super) fn expected(what: &str, node: &Node) -> Self {
        let found = match &node.value {
            Value::Faulty | Value::Null => "nothing".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Scalar(Scalar { text, .. }) if text.is_empty() => "empty text".to_owned(),
            Value::Scalar(Scalar { text, .. }) => format!("`{text}`"),
        };
        Self::new(format!("expected {what}, found {found}"))
    }

    /// Names the value being read, unless an inner one is named already.
    pub(super) fn at(mut self, path: &str, node: Option<&Node>) -> Self {
        if self.spot.is_none() {
            if let Some(node) = node {
                self.redact(path, node);
            }
            self.spot = Some(Spot {
                path: path.to_owned(),
                place: node.map(|node| node.place.clone()),
            });
        }
        self
    }

    pub(super) fn path(&self) -> &str {
        self.spot.as_ref().map_or("", |spot| &spot.path)
    }

    pub(super) fn into_diagnostic(self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.message);
        diagnostic.help = self.help;
        if let Some(spot) = self.spot {
            diagnostic.path = Some(spot.path);
            diagnostic.place = spot.place;
        }
        diagnostic
    }

    /// Takes a secret's value, or one that a secret's variable gave, out of the words.
    fn redact(&mut self, path: &str, node: &Node) {
        let Some(value) = node.as_text().filter(|value| !value.is_empty()) else {
            return;
        };
        let written = node.place.text();
        let from_secret = written.contains('$') && secret::is_secret(written);
        if secret::is_secret(path) || from_secret {
            self.message = secret::without(&self.message, value);
            self.help = self.help.take().filter(|help| !help.contains(value));
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// A type's own words; what follows a line `help: ` in them is the help.
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        match message.split_once("\nhelp: ") {
            Some((message, help)) => Self::new(message).help(help),
            None => Self::new(message),
        }
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", found(unexpected)))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let list: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
        let fault = Self::new(format!("`{variant}` is not one of {}", list.join(", ")));
        match nearest(variant, expected.iter().copied()) {
            Some(meant) => fault.help(format!("did you mean `{meant}`?")),
            None => fault,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            missing: Some(field),
            ..Self::new(format!("the key `{field}` is missing"))
        }
    }
}

fn found(unexpected: de::Unexpected<'_>) -> String {
    match unexpected {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("`{value}`"),
        de::Unexpected::Signed(value) => format!("`{value}`"),
        de::Unexpected::Float(value) => format!("`{value}`"),
        de::Unexpected::Str("") => "empty text".to_owned(),
        de::Unexpected::Str(value) => format!("`{value}`"),
        de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}
