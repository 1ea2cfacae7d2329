//! What editors show of a schema: words with their meanings, defaults where one reads, and
//! mistakes in the words of people. The keywords are those of VS Code's JSON and YAML servers;
//! whoever does not know them passes them over.

use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// Makes one `enum` of described choices, and puts it where it is used: editors show the
/// description of a setting in place of that of its type then.
pub(super) fn gather_words(root: &mut Value) {
    let mut words = Object::new();
    if let Some(definitions) = root.get_mut("definitions").and_then(Value::as_object_mut) {
        for (name, definition) in std::mem::take(definitions) {
            match definition.as_object().and_then(as_words) {
                Some(merged) => drop(words.insert(name, merged.into())),
                None => drop(definitions.insert(name, definition)),
            }
        }
    }
    each(root, &mut |schema| {
        if let Some(merged) = as_words(schema) {
            *schema = merged;
        }
        let only = schema.get("allOf").and_then(Value::as_array);
        let only = only.and_then(|all| match all.as_slice() {
            [one] => one.get("$ref"),
            _ => None,
        });
        let reference = only.or_else(|| schema.get("$ref")).and_then(Value::as_str);
        let name = reference.and_then(|it| it.strip_prefix("#/definitions/"));
        let Some(Value::Object(found)) = name.and_then(|it| words.get(it)) else {
            return;
        };
        schema.remove("allOf");
        schema.remove("$ref");
        for (key, value) in found {
            schema.entry(key).or_insert_with(|| value.clone());
        }
    });
}

/// The same schema with one `enum`, if it is a choice of words.
fn as_words(schema: &Object) -> Option<Object> {
    if schema.get("enum").is_some_and(|it| it[0].is_string()) {
        return Some(schema.clone());
    }
    let choices = schema.get("oneOf")?.as_array()?;
    let (mut words, mut meanings) = (Vec::new(), Vec::new());
    for choice in choices {
        let many = choice.get("enum").and_then(Value::as_array);
        let one = choice.get("const").map(std::slice::from_ref);
        let meaning = choice.get("description").unwrap_or(&Value::Null);
        for word in many.map(Vec::as_slice).or(one)? {
            words.push(word.clone());
            meanings.push(unfolded(
                word.as_str().and(meaning.as_str()).unwrap_or_default(),
            ));
        }
    }
    let mut merged = schema.clone();
    merged.remove("oneOf");
    merged.insert("type".to_owned(), "string".into());
    merged.insert("enum".to_owned(), words.into());
    if meanings.iter().any(|it| !it.is_empty()) {
        merged.insert("enumDescriptions".to_owned(), json!(meanings));
    }
    Some(merged)
}

/// Adds what editors show besides.
pub(super) fn explain(root: &mut Value) {
    each(root, &mut |schema| {
        set_zero_apart(schema);
        // `null` is what is meant where nothing is written: no text to offer.
        if schema.get("default") == Some(&Value::Null) {
            schema.remove("default");
        }
        let Some(text) = schema.get("description").and_then(Value::as_str) else {
            return;
        };
        let text = unfolded(text);
        if schema.get("deprecated") == Some(&Value::Bool(true)) {
            schema.insert("deprecationMessage".to_owned(), json!(text));
        }
        let default = schema.get("default").and_then(shown);
        if let Some(default) = default {
            let text = format!("{text}\n\nDefault: `{default}`");
            schema.insert("markdownDescription".to_owned(), text.into());
        }
        schema.insert("description".to_owned(), text.into());
    });
}

/// A text, or the number 0: of another number editors would say that it is too large, where what
/// is wrong with it is that it has no unit.
fn set_zero_apart(schema: &mut Object) {
    let zero = Some(&json!(0));
    if schema.get("minimum") != zero || schema.get("maximum") != zero {
        return;
    }
    let Some(message) = schema.get("patternErrorMessage").cloned() else {
        return;
    };
    schema.remove("minimum");
    schema.remove("maximum");
    schema.insert("if".to_owned(), json!({ "type": "integer" }));
    let zero = json!({ "enum": [0], "errorMessage": message });
    schema.insert("then".to_owned(), zero);
}

/// A default as one would write it, if there is something to see.
fn shown(default: &Value) -> Option<String> {
    match default {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.is_empty() => None,
        Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// Lines of a paragraph as one: comments are folded, what editors show is not.
fn unfolded(text: &str) -> String {
    let paragraphs = text.split("\n\n");
    let paragraphs = paragraphs.map(|it| match it.contains("\n- ") || it.starts_with("- ") {
        true => it.to_owned(),
        false => it.replace('\n', " "),
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Shows every schema within `value` to `change`, outer ones first. A `default` or an example
/// is none.
fn each(value: &mut Value, change: &mut impl FnMut(&mut Object)) {
    match value {
        Value::Object(schema) => {
            change(schema);
            for (key, value) in schema {
                match (key.as_str(), value) {
                    ("properties" | "patternProperties" | "definitions", Value::Object(named)) => {
                        named.values_mut().for_each(|it| each(it, change));
                    }
                    ("items" | "additionalProperties" | "not", value) => each(value, change),
                    ("anyOf" | "allOf" | "oneOf", Value::Array(all)) => {
                        all.iter_mut().for_each(|it| each(it, change));
                    }
                    _ => {}
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|it| each(it, change)),
        _ => {}
    }
}
