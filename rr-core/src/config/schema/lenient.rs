//! Widens schemas of types to what the reader takes for them, and narrows structs to the keys
//! they know.

use schemars::{
    Schema,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

/// A reference to a variable anywhere in the text.
const VARIABLE: &str = r"\$";

pub(super) fn accept_what_the_reader_accepts(root: &mut Schema) {
    Lenient.transform(root);
}

struct Lenient;

impl Transform for Lenient {
    fn transform(&mut self, schema: &mut Schema) {
        // Inside first: what is put in below is wide already.
        transform_subschemas(self, schema);
        if let Some(schema) = schema.as_object_mut() {
            close(schema);
            // A variable fits every choice, and `oneOf` wants exactly one.
            if let Some(choices) = schema.remove("oneOf") {
                schema.insert("anyOf".to_owned(), choices);
            }
            widen_words(schema);
            widen_types(schema);
        }
    }
}

/// A struct has the keys it has.
fn close(schema: &mut Map<String, Value>) {
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

/// One of some words: in any case, or of a variable.
fn widen_words(schema: &mut Map<String, Value>) {
    let words: Vec<Value> = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(words)), _) => words.clone(),
        (_, Some(word)) => vec![word.clone()],
        _ => return,
    };
    let spellings: Vec<String> = words
        .iter()
        .filter_map(|word| word.as_str().map(any_case))
        .collect();
    schema.remove("enum");
    schema.remove("const");
    schema.remove("type");
    let pattern = format!("^({})$|{VARIABLE}", spellings.join("|"));
    let mut plain = Map::from_iter([("enum".to_owned(), words.into())]);
    let meanings = schema.remove_entry("enumDescriptions");
    plain.extend(meanings);
    // The plain words first: editors complete from them.
    let choices = json!([plain, { "type": "string", "pattern": pattern }]);
    schema.insert("anyOf".to_owned(), choices);
}

fn any_case(word: &str) -> String {
    let mut pattern = String::new();
    for c in word.chars() {
        if c.is_ascii_alphabetic() {
            pattern.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
        } else if c.is_alphanumeric() || matches!(c, '_' | '-') {
            pattern.push(c);
        } else {
            pattern.extend(['\\', c]);
        }
    }
    pattern
}

/// Keywords bear on values of one type only, so that a type is widened by naming more types:
/// `minimum` still holds for numbers, the pattern for texts.
fn widen_types(schema: &mut Map<String, Value>) {
    let types: Vec<String> = match schema.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect(),
        _ => return,
    };
    let mut widened = types.clone();
    for one in &types {
        let more: &[&str] = match one.as_str() {
            "integer" => {
                let number = "a whole number is expected, or a variable: `${NAME}`";
                text_like(schema, &types, "^[+-]?[0-9][0-9a-zA-Z]*$|^$", number);
                &["string", "null"]
            }
            "number" => {
                let number = "a number is expected, or a variable: `${NAME}`";
                text_like(
                    schema,
                    &types,
                    "^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$|^$",
                    number,
                );
                &["string", "null"]
            }
            "boolean" => {
                text_like(
                    schema,
                    &types,
                    "^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)?$",
                    "`true` or `false` is expected, or a variable: `${NAME}`",
                );
                schema.insert("minimum".to_owned(), json!(0));
                schema.insert("maximum".to_owned(), json!(1));
                &["integer", "string", "null"]
            }
            "string" => match schema.get("pattern").cloned() {
                Some(Value::String(own)) => {
                    pattern(schema, &own);
                    &["null"]
                }
                _ => &["number", "boolean", "null"],
            },
            "array" => &["string", "number", "boolean", "object", "null"],
            "object" if schema.contains_key("properties") => &["null"],
            "object" => {
                schema.insert("items".to_owned(), json!({ "type": "object" }));
                &["array", "null"]
            }
            _ => &[],
        };
        widened.extend(more.iter().map(|&one| one.to_owned()));
    }
    let mut unique: Vec<String> = Vec::new();
    for one in widened {
        if !unique.contains(&one) {
            unique.push(one);
        }
    }
    schema.insert("type".to_owned(), json!(unique));
}

/// What a text must look like to be read as another type, where text is not meant anyway.
fn text_like(schema: &mut Map<String, Value>, types: &[String], own: &str, expected: &str) {
    if !types.iter().any(|one| one == "string") {
        pattern(schema, own);
        schema.insert("patternErrorMessage".to_owned(), expected.into());
    }
}

fn pattern(schema: &mut Map<String, Value>, own: &str) {
    schema.insert("pattern".to_owned(), json!(format!("{own}|{VARIABLE}")));
}
