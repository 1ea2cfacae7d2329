//! The example with every key in `docs/configuration.md` is just that.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

/// Read and without effect: an example of what to write leaves it out.
const USELESS: [&str; 2] = ["http.static.request", "server.relay_timeout"];

fn example() -> Value {
    let page = fs::read_to_string("../docs/configuration.md").unwrap();
    let (_, rest) = page.split_once("## Every key").unwrap();
    let (_, rest) = rest.split_once("```yaml\n").unwrap();
    serde_yaml::from_str(rest.split_once("```").unwrap().0).unwrap()
}

pub(super) fn stock_schema() -> Value {
    let text = fs::read_to_string("../docs/rr.schema.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_example_is_valid() {
    let schema = stock_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let example = example();
    let faults = validator.iter_errors(&example);
    let faults: Vec<_> = faults.map(|it| it.instance_path().to_string()).collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn the_example_has_every_key() {
    let schema = stock_schema();
    let mut missing = BTreeSet::new();
    compare(&schema, &schema, &example(), "", &mut missing);
    assert_eq!(missing, USELESS.map(str::to_owned).into());
}

/// Gathers the settings that `schema` describes and `value` lacks.
fn compare(root: &Value, schema: &Value, value: &Value, at: &str, missing: &mut BTreeSet<String>) {
    let properties = schema["properties"].as_object();
    for (key, schema) in properties.into_iter().flatten() {
        let path = match at {
            "" => key.clone(),
            _ => format!("{at}.{key}"),
        };
        let whole = resolve(root, schema);
        if schema["deprecated"] == true || whole["not"].is_object() {
            continue;
        }
        match value.get(key) {
            Some(value) => compare(root, whole, value, &path, missing),
            None => drop(missing.insert(path)),
        }
    }
}

/// What a reference leads to.
pub(super) fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let one_of = |key: &str| {
        schema[key]
            .as_array()?
            .iter()
            .find(|it| it["$ref"].is_string())
    };
    let reference = one_of("allOf")
        .or_else(|| one_of("anyOf"))
        .unwrap_or(schema);
    match reference["$ref"].as_str() {
        Some(path) => root.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}
