//! From the schema of the types to the tree of settings.

use serde_json::{Map, Value};

use super::{Kind, Setting};
use crate::config::schema::{self, Section};

/// Types may contain themselves; nobody writes deeper than this.
const DEEPEST: usize = 12;

type Object = Map<String, Value>;

pub(super) fn root(sections: Vec<Section>) -> Setting {
    let marks: Vec<(String, bool)> = sections
        .iter()
        .map(|it| (it.path().to_owned(), it.is_implied()))
        .collect();
    let document = schema::plain(sections).to_value();
    let mut root = Builder {
        document: &document,
        marks: &marks,
    }
    .setting(&document, String::new(), None, false, 0);
    root.about = "The whole configuration.".to_owned();
    root.kind = Kind::Section;
    root
}

struct Builder<'a> {
    document: &'a Value,
    /// The sections that services read, and whether those are on without.
    marks: &'a [(String, bool)],
}

impl Builder<'_> {
    /// `inherited` is what the default of the whole says of this part.
    fn setting(
        &self,
        schema: &Value,
        path: String,
        inherited: Option<&Value>,
        required: bool,
        depth: usize,
    ) -> Setting {
        let is_optional = is_nullable(schema);
        let schema = self.resolved(schema, depth);
        let written = |key: &str| schema.get(key).cloned();
        let default = written("default").or_else(|| inherited.cloned());
        // What may be left out and has no default is not there.
        let default = default.or_else(|| is_optional.then_some(Value::Null));
        let mark = self.marks.iter().find(|(section, _)| *section == path);
        let limits = match Kind::of(&schema) {
            // Its bounds are those of a number without a unit.
            Kind::Named(_) => (None, None),
            _ => (written("minimum"), written("maximum")),
        };
        let is_useless = schema.get("deprecated") == Some(&Value::Bool(true))
            || schema.contains_key("not")
            || text(&schema, "description").starts_with("Without effect");
        Setting {
            about: text(&schema, "description").to_owned(),
            kind: Kind::of(&schema),
            keys: self.keys(&schema, &path, default.as_ref(), depth),
            named: self.named(&schema, &path, depth),
            default: default.filter(|_| !required),
            required,
            is_useless,
            examples: self.examples(&schema, depth),
            range: limits,
            words: words(&schema),
            implied: mark.is_some_and(|(_, implied)| *implied),
            is_section: mark.is_some(),
            path,
        }
    }

    fn keys(
        &self,
        schema: &Object,
        path: &str,
        default: Option<&Value>,
        depth: usize,
    ) -> Vec<Setting> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.filter(|_| depth < DEEPEST);
        let required = list(schema, "required");
        let below = |(name, schema): (&String, &Value)| {
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let inherited = default.and_then(|it| it.get(name));
            let required = required.iter().any(|it| it == name);
            self.setting(schema, path, inherited, required, depth + 1)
        };
        properties.into_iter().flatten().map(below).collect()
    }

    /// One value of a list is as good as a list.
    fn examples(&self, schema: &Object, depth: usize) -> Vec<Value> {
        match (list(schema, "examples"), schema.get("items")) {
            ([], Some(items)) => {
                let items = self.resolved(items, depth + 1);
                list(&items, "examples").to_vec()
            }
            (examples, _) => examples.to_vec(),
        }
    }

    fn named(&self, schema: &Object, path: &str, depth: usize) -> Option<Box<Setting>> {
        let named = schema.get("additionalProperties")?;
        let named = Some(named).filter(|it| it.is_object() && depth < DEEPEST)?;
        let path = format!("{path}.NAME");
        Some(Box::new(self.setting(named, path, None, false, depth + 1)))
    }

    /// With references followed; what stands beside one beats what it leads to. Of choices with
    /// nothing among them, what remains.
    fn resolved(&self, schema: &Value, depth: usize) -> Object {
        let mut own = schema.as_object().cloned().unwrap_or_default();
        if depth > DEEPEST {
            return own;
        }
        let mut inner = Vec::new();
        if let Some(Value::String(reference)) = own.remove("$ref") {
            let target = self.document.pointer(reference.trim_start_matches('#'));
            inner.extend(target.cloned());
        }
        if let Some(Value::Array(all)) = own.remove("allOf") {
            inner.extend(all);
        }
        if let Some(Value::Array(choices)) = own.get("anyOf") {
            let something: Vec<_> = choices.iter().filter(|it| it["type"] != "null").collect();
            if let [one] = something[..] {
                inner.push(one.clone());
                own.remove("anyOf");
            }
        }
        for schema in inner {
            for (key, value) in self.resolved(&schema, depth + 1) {
                own.entry(key).or_insert(value);
            }
        }
        own
    }
}

fn is_nullable(schema: &Value) -> bool {
    let types = schema["type"].as_array().into_iter().flatten();
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    types
        .chain(choices.map(|it| &it["type"]))
        .any(|it| it == "null")
}

fn text<'a>(schema: &'a Object, key: &str) -> &'a str {
    schema.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(schema: &'a Object, key: &str) -> &'a [Value] {
    let list = schema.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The words of an enum, those with a doc comment each in `oneOf`.
fn words(schema: &Object) -> Vec<(String, String)> {
    let word = |value: &Value, about: &Value| {
        let about = about.as_str().unwrap_or_default().to_owned();
        Some((value.as_str()?.to_owned(), about))
    };
    let plain = list(schema, "enum").iter();
    let plain = plain.filter_map(|it| word(it, &Value::Null));
    let told = list(schema, "oneOf").iter().flat_map(|choice| {
        let one = word(&choice["const"], &choice["description"]);
        let many = choice["enum"].as_array().into_iter().flatten();
        one.into_iter()
            .chain(many.filter_map(move |it| word(it, &choice["description"])))
    });
    plain.chain(told).collect()
}
