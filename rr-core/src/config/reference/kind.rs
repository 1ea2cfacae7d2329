//! What kind of value a setting takes, in words for people.

use std::fmt;

use serde_json::{Map, Value};

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kind {
    /// Settings with names of their own.
    #[default]
    Section,
    /// Values under names of the user's choice.
    Map(Box<Self>),
    /// Any number of values.
    List(Box<Self>),
    /// Yes or no.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// One of some words.
    Word,
    /// Any text.
    Text,
    /// What a type of its own reads: `duration`, `address`, `command`, `megabytes`.
    Named(String),
    /// What no schema tells.
    Any,
}

impl Kind {
    /// Of a schema without references.
    pub(super) fn of(schema: &Map<String, Value>) -> Self {
        if let Some(title) = schema.get("title").and_then(Value::as_str) {
            return Self::Named(title.to_owned());
        }
        if schema.contains_key("enum") || schema.contains_key("oneOf") {
            return Self::Word;
        }
        if schema.contains_key("properties") {
            return Self::Section;
        }
        let inner = |key: &str| match schema.get(key).and_then(Value::as_object) {
            Some(inner) => Box::new(Self::of(inner)),
            None => Box::new(Self::Any),
        };
        match first_type(schema) {
            Some("object") if schema.contains_key("additionalProperties") => {
                Self::Map(inner("additionalProperties"))
            }
            Some("object") => Self::Section,
            Some("array") => Self::List(inner("items")),
            Some("boolean") => Self::Flag,
            Some("integer") => Self::Whole,
            Some("number") => Self::Number,
            Some("string") => Self::Text,
            _ => Self::Any,
        }
    }
}

fn first_type(schema: &Map<String, Value>) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(many) => many
            .iter()
            .filter_map(Value::as_str)
            .find(|it| *it != "null"),
        _ => None,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section => f.write_str("section"),
            Self::Map(of) => write!(f, "map of free names, each with: {of}"),
            Self::List(of) => write!(f, "list, each item: {of}"),
            Self::Flag => f.write_str("true or false"),
            Self::Whole => f.write_str("whole number"),
            Self::Number => f.write_str("number"),
            Self::Word => f.write_str("one of the words below"),
            Self::Text => f.write_str("text"),
            Self::Any => f.write_str("any value"),
            Self::Named(name) => f.write_str(match name.as_str() {
                "duration" => "duration: a number with its unit, `300ms`, `30s`, `1h3m`",
                "address" => "address: `host:port`, `:port` or `unix://path`",
                "megabytes" => "whole number of megabytes",
                "command" => "command: text, split at spaces, or a list",
                other => other,
            }),
        }
    }
}
