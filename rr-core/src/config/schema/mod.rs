//! The JSON Schema of a whole `.rr.yaml`, for editors.
//!
//! Of draft 07: the YAML language server that editors run knows it best, and validates newer
//! drafts in part only. Everything the reader accepts is valid in it (a number may be text or
//! `${VAR}`, a list may be text with commas), with two exceptions for the sake of completion:
//! keys are in lower case, and not dotted.

mod editors;
mod lenient;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

use super::kernel;

/// The schema of one section.
#[derive(Debug, Clone)]
pub struct Section {
    path: String,
    generate: fn(&mut SchemaGenerator) -> Schema,
    implied: bool,
}

impl Section {
    /// The section at a dotted path, read into a `T`.
    pub fn of<T: JsonSchema>(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            generate: T::json_schema,
            implied: false,
        }
    }

    /// Says whether the service of the section is on without it.
    #[must_use]
    pub fn implied(self, implied: bool) -> Self {
        Self { implied, ..self }
    }

    /// Where the section stands.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the service of the section is on without it.
    #[must_use]
    pub fn is_implied(&self) -> bool {
        self.implied
    }
}

/// The schema of a file with these sections and no others.
pub fn document(sections: impl IntoIterator<Item = Section>) -> Value {
    let mut root = plain(sections).to_value();
    editors::gather_words(&mut root);
    let mut root = Schema::try_from(root).expect("it was one");
    lenient::accept_what_the_reader_accepts(&mut root);
    let mut root = root.to_value();
    editors::explain(&mut root);
    root
}

/// The same as the types have it: a number is a number.
pub(super) fn plain(sections: impl IntoIterator<Item = Section>) -> Schema {
    let settings = SchemaSettings::draft07();
    // One generator for all sections: types they share are defined once, names cannot clash.
    let mut generator = SchemaGenerator::new(settings.clone());
    let mut properties = match kernel::schema(&mut generator) {
        Value::Object(properties) => properties,
        _ => Map::new(),
    };
    // What contains a section stands before it.
    let mut sections: Vec<Section> = sections.into_iter().collect();
    sections.sort_by_key(|section| section.path.matches('.').count());
    for section in sections {
        let schema = (section.generate)(&mut generator).to_value();
        insert(&mut properties, &section.path, with_fields(schema));
    }

    let definitions = generator.take_definitions(false);
    let mut root = json_schema!({
        "$schema": settings.meta_schema,
        "title": ".rr.yaml",
        "type": "object",
        "required": ["version"],
        "properties": properties,
        "patternProperties": { "^x-": {} },
        "definitions": definitions,
    });
    for mut transform in settings.transforms {
        transform.transform(&mut root);
    }
    root
}

/// A type without settings, `()`, is the empty section `name: {}`.
fn with_fields(schema: Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some("null") => json!({ "type": "object", "properties": {} }),
        _ => schema,
    }
}

fn insert(properties: &mut Map<String, Value>, path: &str, schema: Value) {
    let Some((head, tail)) = path.split_once('.') else {
        properties.insert(path.to_owned(), schema);
        return;
    };
    let outer = properties
        .entry(head)
        .or_insert_with(|| json!({ "type": "object" }));
    if let Value::Object(outer) = outer {
        let inner = outer.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(inner) = inner {
            insert(inner, tail, schema);
        }
    }
}
