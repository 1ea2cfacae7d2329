//! `docs/compatibility/keys.md` lists every key: those of RoadRunner, as a full configuration of it
//! has them, and those of the stock server, as its schema has them.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::docs::{resolve, stock_schema};

/// A row of the page: a key, and whether the stock server reads it.
struct Row {
    key: String,
    is_read: bool,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string("../docs/compatibility/keys.md").unwrap();
    let (page, _) = page.split_once("## How files are read").unwrap();
    let mut prefix = String::new();
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let section = heading
                .strip_prefix('`')
                .and_then(|it| it.split('`').next());
            prefix = section.map_or_else(String::new, |it| format!("{it}."));
            continue;
        }
        let Some(row) = line.strip_prefix("| ") else {
            continue;
        };
        let mut cells = row.split(" | ");
        let (Some(keys), Some(state)) = (cells.next(), cells.next()) else {
            continue;
        };
        let states = ["same", "differs", "new", "no effect"];
        let is_read = states.iter().any(|it| state.starts_with(it));
        // Where a name follows another word it is no key: rules, and keys of a driver.
        if !keys.starts_with('`') {
            continue;
        }
        rows.extend(keys.split('`').skip(1).step_by(2).map(|key| Row {
            key: format!("{prefix}{key}"),
            is_read,
        }));
    }
    rows
}

/// The row for a key: its own, or that of what it stands in, where that is one row with all below it.
fn listed<'a>(rows: &'a [Row], key: &str) -> Option<&'a Row> {
    let within = |it: &&Row| key.starts_with(&format!("{}.", it.key));
    let own = rows.iter().find(|it| it.key == key);
    own.or_else(|| rows.iter().find(within))
}

/// Keys of a schema that hold values; `*` stands for names that are free.
fn keys_of(root: &Value, schema: &Value, at: &str, keys: &mut BTreeSet<String>) {
    let whole = inner(root, schema);
    let below = |name: &str| match at {
        "" => name.to_owned(),
        _ => format!("{at}.{name}"),
    };
    if let Some(properties) = whole["properties"].as_object() {
        for (name, schema) in properties {
            keys_of(root, schema, &below(name), keys);
        }
        return;
    }
    let free = &whole["additionalProperties"];
    if free.is_object() && inner(root, free)["properties"].is_object() {
        keys_of(root, free, &below("*"), keys);
        return;
    }
    keys.insert(at.to_owned());
}

/// The object among the shapes that a value may have.
fn inner<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let whole = resolve(root, schema);
    let shapes = whole["anyOf"].as_array();
    let object = shapes.and_then(|it| it.iter().find(|it| it["properties"].is_object()));
    match object {
        Some(object) => object,
        None if std::ptr::eq(whole, schema) => whole,
        None => inner(root, whole),
    }
}

/// A configuration of RoadRunner with every key of the services that rr has, and some of each other.
fn roadrunner() -> Value {
    let text = fs::read_to_string("../rr-services/tests/configs/roadrunner.yaml").unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn leaves(value: &Value, at: &str, keys: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(map) if !map.is_empty() => {
            for (name, value) in map {
                let name = match at {
                    "service" | "metrics.collect" | "logs.channels" | "reload.services" | "kv"
                    | "jobs.pipelines" | "tcp.servers" => "*",
                    _ => name,
                };
                let path = match at {
                    "" => name.to_owned(),
                    _ => format!("{at}.{name}"),
                };
                leaves(value, &path, keys);
            }
        }
        _ => drop(keys.insert(at.to_owned())),
    }
}

#[test]
fn keys_of_roadrunner_are_all_listed() {
    let rows = rows();
    let mut keys = BTreeSet::new();
    leaves(&roadrunner(), "", &mut keys);
    assert!(keys.len() > 130, "{keys:?}");
    let missing: Vec<_> = keys
        .iter()
        .filter(|it| listed(&rows, it).is_none())
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn keys_of_the_stock_server_are_all_listed() {
    let rows = rows();
    let schema = stock_schema();
    let mut keys = BTreeSet::new();
    keys_of(&schema, &schema, "", &mut keys);
    let read: BTreeSet<&str> = rows
        .iter()
        .filter(|it| it.is_read)
        .map(|it| &*it.key)
        .collect();
    // What is refused stands in the schema as well, as what must not be there.
    let refused = |key: &str| listed(&rows, key).is_some_and(|it| !it.is_read);
    let missing: Vec<_> = keys
        .iter()
        .filter(|it| !read.contains(&***it) && !refused(it))
        .collect();
    assert_eq!(missing, [""; 0], "keys that the page does not list");
    let gone: Vec<_> = read.iter().filter(|it| !keys.contains(**it)).collect();
    assert_eq!(gone, [&""; 0], "keys that nothing reads");
}

/// Everything but what rr has no service for, or refuses, is valid.
#[test]
fn the_full_configuration_of_roadrunner_is_valid() {
    let schema = stock_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let rows = rows();
    let mut configuration = roadrunner();
    let sections = configuration.as_object_mut().unwrap();
    sections.retain(|name, _| schema["properties"][name].is_object());
    let refused = |it: &Row| !it.is_read;
    for row in rows.iter().filter(|it| refused(it)) {
        let (outer, name) = row.key.rsplit_once('.').unwrap_or(("", &row.key));
        let outer = match outer {
            "" => String::new(),
            outer => format!("/{}", outer.replace('.', "/")),
        };
        if let Some(outer) = configuration
            .pointer_mut(&outer)
            .and_then(Value::as_object_mut)
        {
            outer.remove(name);
        }
    }
    let faults: Vec<_> = validator
        .iter_errors(&configuration)
        .map(|it| it.to_string())
        .collect();
    assert_eq!(faults, [""; 0]);
}
