//! The schema of manifests says what their reader takes, no more and no less.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use rr_builder::{manifest::Manifest, schema, source::Source, stock::Stock};
use serde_json::Value;

fn stock() -> Stock {
    Stock::locate(
        Path::new("."),
        Some("tests/fixtures/stock".as_ref()),
        Path::new("unused"),
    )
    .unwrap()
}

fn mistakes(text: &str) -> Vec<String> {
    let source = Source {
        path: "manifest.toml".into(),
        text: text.to_owned(),
    };
    let manifest = Manifest::parse(&Arc::new(source)).unwrap();
    manifest
        .mistakes()
        .iter()
        .map(|it| it.render(false))
        .collect()
}

/// The keys that the reader knows where `template` has its `KEY`.
fn known(template: &str) -> BTreeSet<String> {
    let key = "quite_unknown";
    let told = mistakes(&template.replace("KEY", &format!("{key} = 1")));
    let told = told.iter().find(|it| it.contains(key)).expect(template);
    let (_, keys) = told.split_once("the keys are ").expect(told);
    let keys = keys.lines().next().unwrap().split(", ");
    keys.map(|it| it.trim_matches('`').to_owned()).collect()
}

fn check(place: &str, template: &str) {
    let schema = schema::schema(&stock());
    let properties = schema
        .pointer(place)
        .and_then(Value::as_object)
        .expect(place);
    let properties: BTreeSet<String> = properties.keys().cloned().collect();
    assert_eq!(properties, known(template), "{place}");
}

#[test]
fn every_key_of_the_reader_is_in_the_schema() {
    check("/properties", "name = \"a\"\nKEY\n");
    check("/definitions/build/properties", "[build]\nKEY\n");
    check("/definitions/embed/properties", "[embed]\nKEY\n");
    check(
        "/definitions/service/oneOf/1/properties",
        "[services.a]\nKEY\n",
    );
    check(
        "/definitions/middleware/properties",
        "[[middleware]]\nKEY\n",
    );
    check("/definitions/command/properties", "[[command]]\nKEY\n");
    check(
        "/definitions/allocator/properties",
        "[build.allocator]\nKEY\n",
    );
    check("/definitions/patch/properties", "[patch.a]\nKEY\n");
}

#[test]
fn every_choice_of_the_schema_is_read() {
    let schema = schema::schema(&stock());
    let build = "/definitions/build/properties";
    for (key, place) in [
        ("profile", format!("{build}/profile/enum")),
        ("allocator", format!("{build}/allocator/oneOf/0/enum")),
    ] {
        let values = schema.pointer(&place).and_then(Value::as_array).unwrap();
        for value in values {
            let text = format!("name = \"a\"\n[build]\n{key} = {value}\n");
            assert_eq!(mistakes(&text), [""; 0], "{text}");
        }
        let told = mistakes(&format!("name = \"a\"\n[build]\n{key} = \"zzzzz\"\n"));
        let names: Vec<String> = values
            .iter()
            .map(|it| format!("`{}`", it.as_str().unwrap()))
            .collect();
        assert!(
            told[0].contains(&format!("it is one of {}", names.join(", "))),
            "{told:?}"
        );
    }
}

#[test]
fn the_services_of_rr_are_offered() {
    let schema = schema::schema(&stock());
    let services = schema.pointer("/properties/services/properties").unwrap();
    let names: Vec<&String> = services.as_object().unwrap().keys().collect();
    assert_eq!(names, ["logs", "http", "headers"]);
}

/// What the crate of rr's services says of their sections is what the stock server prints.
#[test]
fn every_section_that_is_declared_is_there() {
    let stock = Stock::locate(Path::new("."), None, Path::new("unused")).unwrap();
    let schema = fs::read_to_string("../docs/rr.schema.json").unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut sections = BTreeSet::new();
    for offer in &stock.services.services {
        let path = offer.section().replace('.', "/properties/");
        let found = schema.pointer(&format!("/properties/{path}"));
        assert!(
            found.is_some(),
            "{}: no section `{}`",
            offer.name,
            offer.section()
        );
        sections.extend(offer.section().split('.').next().map(str::to_owned));
    }
    let kernel = ["version", "include", "envfile", "endure"].map(str::to_owned);
    sections.extend(kernel);
    let all = schema
        .pointer("/properties")
        .and_then(Value::as_object)
        .unwrap();
    let all: BTreeSet<String> = all.keys().cloned().collect();
    assert_eq!(sections, all);
}
