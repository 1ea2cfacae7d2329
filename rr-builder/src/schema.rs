//! The JSON Schema of a manifest: for editors, and for `explain`.

use serde_json::{Value, json};

use crate::stock::Stock;

const SCHEMA: &str = include_str!("../../templates/manifest.schema.json");

/// The schema, with the services that `stock` has.
pub fn schema(stock: &Stock) -> Value {
    let mut schema = bare();
    let services = schema
        .pointer_mut("/properties/services/properties")
        .and_then(Value::as_object_mut)
        .expect("the schema has a place for them");
    for offer in &stock.services.services {
        let about = offer.about.as_deref().unwrap_or("a service of rr");
        services.insert(
            offer.name.clone(),
            json!({ "description": about, "type": "boolean" }),
        );
    }
    schema
}

/// The schema without services of rr.
fn bare() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

/// A key of a manifest, as the schema has it.
#[derive(Debug)]
pub(crate) struct Key {
    /// The whole path: `build.profile`.
    pub(crate) path: String,
    pub(crate) about: String,
    /// What it takes, in words.
    pub(crate) takes: String,
    pub(crate) default: Option<String>,
    pub(crate) example: Option<String>,
}

/// The keys of `schema` at a dotted path and below; all if it is empty.
pub(crate) fn keys(schema: &Value, path: &str) -> Vec<Key> {
    let mut found = Vec::new();
    collect(schema, schema, "", &mut found);
    let below = format!("{path}.");
    found.retain(|it| path.is_empty() || it.path == path || it.path.starts_with(&below));
    found
}

fn collect(root: &Value, node: &Value, above: &str, found: &mut Vec<Key>) {
    let tables = tables(root, node);
    let properties = tables
        .iter()
        .filter_map(|it| it.get("properties")?.as_object())
        .flatten();
    for (name, property) in properties {
        let path = match above {
            "" => name.clone(),
            _ => format!("{above}.{name}"),
        };
        let text = |key: &str| {
            let own = property
                .get(key)
                .or_else(|| referred(root, property).get(key));
            own.cloned()
        };
        let about = text("description");
        found.push(Key {
            about: about
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            takes: takes(root, property),
            default: text("default").map(|it| toml_of(&it)),
            example: text("examples").and_then(|it| it.get(0).map(toml_of)),
            path: path.clone(),
        });
        collect(root, property, &path, found);
    }
    // What may be called anything, and the items of a list.
    let others = tables
        .iter()
        .filter_map(|it| it.get("additionalProperties").or(it.get("items")));
    for other in others.filter(|it| it.is_object()) {
        let placeholder = match node.get("type").and_then(Value::as_str) {
            Some("array") => above.to_owned(),
            _ => format!("{above}.NAME"),
        };
        collect(root, other, &placeholder, found);
    }
}

/// The node and what it refers to or chooses from.
fn tables<'a>(root: &'a Value, node: &'a Value) -> Vec<&'a Value> {
    let node = referred(root, node);
    let choices = node.get("oneOf").and_then(Value::as_array);
    let choices = choices.into_iter().flatten().map(|it| referred(root, it));
    std::iter::once(node).chain(choices).collect()
}

fn referred<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
    let place = node.get("$ref").and_then(Value::as_str);
    let place = place.and_then(|it| root.pointer(it.trim_start_matches('#')));
    place.unwrap_or(node)
}

fn takes(root: &Value, node: &Value) -> String {
    let node = referred(root, node);
    if let Some(values) = node.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(toml_of).collect();
        return values.join(", ");
    }
    if let Some(choices) = node.get("oneOf").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(|it| takes(root, it)).collect();
        return choices.join(", or ");
    }
    match node.get("type").and_then(Value::as_str) {
        Some("string") => "a text",
        Some("boolean") => "true or false",
        Some("object") => "a table",
        Some("array") if node.pointer("/items/type") == Some(&json!("string")) => "a list of texts",
        Some("array") => "tables",
        _ => "a value",
    }
    .to_owned()
}

/// A value as a manifest has it.
fn toml_of(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, it)| {
                let bare = key
                    .chars()
                    .all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_');
                let key = if bare {
                    key.clone()
                } else {
                    format!("\"{key}\"")
                };
                format!("{key} = {}", toml_of(it))
            });
            let entries: Vec<String> = entries.collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml_of).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
