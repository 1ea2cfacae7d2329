//! `rr config explain`: what can be set and what it means, from the doc comments of the types.

use crossterm::style::Stylize as _;
use serde_json::{Value, json};

use super::reference;
use crate::{
    cli::{Exit, Failure, Program, args::Format, voice::Voice},
    config::{
        catalogue, emit,
        reference::{Kind, Setting, UnknownSetting},
    },
};

pub(super) fn explain(
    program: &impl Program,
    path: Option<&str>,
    format: Format,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let all = reference(program);
    let found = match path.unwrap_or_default() {
        "" => &all,
        path => all.find(path).map_err(|it| unknown(&it, path))?,
    };
    voice.say(match format {
        Format::Text => text(found, voice.colours.out, voice.width),
        Format::Json => {
            serde_json::to_string_pretty(&value(found)).expect("a tree of JSON is JSON")
        }
    });
    Ok(())
}

fn unknown(it: &UnknownSetting, path: &str) -> Failure {
    let help = match (&it.meant, it.beside.is_empty()) {
        _ if let Some(advice) = catalogue::advice(path) => advice,
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, true) => format!("`{}` has no keys below it", it.known),
        (None, false) => format!("known there: `{}`", it.beside.join("`, `")),
    };
    let place = match it.known.as_str() {
        "" => "at the top".to_owned(),
        known => format!("in `{known}`"),
    };
    let text = format!(
        "this server has no setting `{path}`: nothing is called `{}` {place}\nhelp: {help}",
        it.name
    );
    Failure::new(Exit::Usage, text)
}

fn text(it: &Setting, colours: bool, width: Option<u16>) -> String {
    let mut parts = Vec::new();
    if !it.path.is_empty() {
        parts.push(match colours {
            true => it.path.as_str().bold().to_string(),
            false => it.path.clone(),
        });
    }
    if !it.about.is_empty() {
        parts.push(indented(&it.about));
    }
    let facts = facts(it);
    if !facts.is_empty() {
        parts.push(columns(&facts, None));
    }
    let words: Vec<_> = it
        .words
        .iter()
        .map(|(word, about)| (word.clone(), about.clone()))
        .collect();
    if !words.is_empty() {
        parts.push(format!("Values:\n{}", columns(&words, width)));
    }
    let keys = it.keys.iter().filter(|it| !it.is_useless);
    let keys: Vec<_> = keys.map(|it| (it.name().to_owned(), brief(it))).collect();
    if !keys.is_empty() {
        let title = if it.path.is_empty() {
            "Sections"
        } else {
            "Keys"
        };
        parts.push(format!("{title}:\n{}", columns(&keys, width)));
    }
    if let Some(named) = it.named.as_deref().filter(|it| !it.keys.is_empty()) {
        let keys: Vec<_> = named
            .keys
            .iter()
            .map(|it| (it.name().to_owned(), brief(it)))
            .collect();
        parts.push(format!("Keys of each:\n{}", columns(&keys, width)));
    }
    parts.join("\n\n")
}

fn facts(it: &Setting) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut tell = |name: &str, text: String| facts.push((name.to_owned(), text));
    if it.is_useless {
        tell(
            "state",
            "not served: it has no effect, or is refused".to_owned(),
        );
    }
    if it.is_section {
        tell(
            "service",
            match it.implied {
                true => "on, with or without this section".to_owned(),
                false => "off without this section".to_owned(),
            },
        );
    }
    if it.kind == Kind::Section && it.default == Some(Value::Null) {
        tell("default", "absent, and nothing of it holds".to_owned());
    }
    if it.kind == Kind::Section {
        return facts;
    }
    tell(
        "type",
        match &it.range {
            (None, None) => it.kind.to_string(),
            (Some(least), None) => format!("{}, at least {least}", it.kind),
            (None, Some(most)) => format!("{}, at most {most}", it.kind),
            (Some(least), Some(most)) => format!("{}, {least} to {most}", it.kind),
        },
    );
    match (&it.default, it.required) {
        (_, true) => tell("default", "none: it must be set".to_owned()),
        (Some(Value::Null), _) => tell("default", "not set".to_owned()),
        (Some(value), _) => tell("default", emit::inline(value)),
        (None, _) => {}
    }
    if !it.examples.is_empty() {
        let examples: Vec<_> = it.examples.iter().map(emit::inline).collect();
        tell("examples", examples.join(", "));
    }
    facts
}

/// One line about a key.
fn brief(it: &Setting) -> String {
    let line = it.brief();
    match (it.required, &it.default) {
        (true, _) => format!("{line} [required]"),
        (_, Some(Value::Null | Value::Object(_)) | None) => line.to_owned(),
        (_, Some(Value::Array(items))) if items.is_empty() => line.to_owned(),
        (_, Some(value)) => format!("{line} [{}]", emit::inline(value)),
    }
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|it| match it.is_empty() {
        true => String::new(),
        false => format!("  {it}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Names and texts side by side; texts are cut where the terminal ends.
fn columns(rows: &[(String, String)], width: Option<u16>) -> String {
    let name = rows
        .iter()
        .map(|it| it.0.chars().count())
        .max()
        .unwrap_or(0);
    let line = |(key, text): &(String, String)| {
        let line = format!("  {key:name$}  {text}");
        let line = line.trim_end();
        match width.map(usize::from) {
            Some(width) if line.chars().count() > width => {
                let cut: String = line.chars().take(width.saturating_sub(1)).collect();
                format!("{cut}…")
            }
            _ => line.to_owned(),
        }
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn value(it: &Setting) -> Value {
    let words: Vec<_> = it
        .words
        .iter()
        .map(|(word, about)| json!({ "value": word, "about": about }))
        .collect();
    let keys: Vec<_> = it.keys.iter().map(value).collect();
    json!({
        "path": it.path,
        "about": it.about,
        "type": it.kind.to_string(),
        "default": it.default,
        "required": it.required,
        "minimum": it.range.0,
        "maximum": it.range.1,
        "values": words,
        "examples": it.examples,
        "has_effect": !it.is_useless,
        "keys": keys,
        "keys_of_each": it.named.as_deref().map(value),
    })
}
