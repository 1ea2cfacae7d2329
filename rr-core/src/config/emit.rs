//! Values as YAML text that reads back as the same values.

use serde_json::Value;

use super::{
    node::{self, Scalar, ScalarKind},
    yaml,
};

/// A value in one line: lists and maps in brackets.
pub(crate) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => flow_text(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries = map.iter();
            let entries: Vec<_> = entries
                .map(|(key, value)| format!("{}: {}", self::key(key), inline(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text behind a key: bare where that is no other value.
pub(crate) fn text(text: &str) -> String {
    match reads_as_itself(text) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A text before a colon.
pub(crate) fn key(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./$@+".contains(c);
    match text.chars().all(is_plain) && reads_as_itself(text) && !text.starts_with('-') {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A text within brackets, where a comma ends it.
fn flow_text(text: &str) -> String {
    match reads_as_itself(text) && !text.contains([',', '[', ']', '{', '}']) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// JSON's quotes are understood by YAML, too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn reads_as_itself(text: &str) -> bool {
    let itself = Scalar {
        text: text.to_owned(),
        kind: ScalarKind::Text,
    };
    reads_as(text, &itself)
}

/// Whether `text` behind a key, in one line, is read as `expected`.
pub(super) fn reads_as(text: &str, expected: &Scalar) -> bool {
    let is_one_line = !text.is_empty() && !text.contains(char::is_control);
    let read = yaml::parse("", &format!("k: {text}\n")).ok();
    let value = read.and_then(|it| it.find("k")).map(|it| it.value);
    is_one_line && value == Some(node::Value::Scalar(expected.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts() {
        for (given, expected) in [
            ("php worker.php", "php worker.php"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("${HOST:-localhost}", "${HOST:-localhost}"),
            ("", r#""""#),
            ("4", r#""4""#),
            ("true", r#""true""#),
            ("~", r#""~""#),
            ("a: b", r#""a: b""#),
            ("a #b", r##""a #b""##),
            ("*", r#""*""#),
            (" x", r#"" x""#),
            ("a\nb", r#""a\nb""#),
        ] {
            assert_eq!(text(given), expected, "{given}");
        }
    }

    #[test]
    fn values_in_one_line() {
        for (given, expected) in [
            (json!(["a", "b,c", 1]), r#"[a, "b,c", 1]"#),
            (json!({"a": true, "b": {}}), "{a: true, b: {}}"),
            (json!("30s"), "30s"),
        ] {
            assert_eq!(inline(&given), expected);
        }
    }
}
