//! `rr init`: a `.rr.yaml` to start from, for exactly the services of this server.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde_json::Value;

use super::{Exit, Failure, Program, args::Place, settings, voice::Voice};
use crate::config::{
    catalogue, emit,
    reference::{Kind, Setting},
    schema,
};

const SCHEMA: &str = "rr.schema.json";

/// Comments begin here, unless a value is longer.
const COMMENTS: usize = 34;

/// Writes the file and its schema; neither in place of one that is there.
pub(super) fn init(
    program: &impl Program,
    place: &Place,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, _) = program.product();
    let (file, _) = settings::named(place);
    let schema_file = file.with_file_name(SCHEMA);
    write(&file, &text(&Setting::of(program.sections())))?;
    let schema = serde_json::to_string_pretty(&schema::document(program.sections()));
    let mut schema = schema.expect("a schema is JSON");
    schema.push('\n');
    let wrote = match write(&schema_file, &schema) {
        Ok(()) => format!("wrote {} and {}", file.display(), schema_file.display()),
        // The one that is there may be shared.
        Err(_) if schema_file.exists() => format!(
            "wrote {}; {} was there already",
            file.display(),
            schema_file.display()
        ),
        Err(failure) => return Err(failure),
    };
    voice.say(wrote);
    if !place.silent {
        voice.note(format_args!(
            "next: change it to your needs, then `{name} config check` and `{name} serve`"
        ));
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let shown = file.display();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            Exit::Command,
            format!(
                "`{shown}` is there already, and is not overwritten\nhelp: move it away, or name another file with `-c FILE`"
            ),
        ),
        _ => Failure::new(Exit::Command, format!("cannot write `{shown}`: {error}")),
    };
    let mut new = File::create_new(file).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(|error| {
        // Half a file is none.
        fs::remove_file(file).ok();
        failed(error)
    })
}

/// The whole file: what must be set is, what may be set is a comment.
fn text(all: &Setting) -> String {
    let mut lines = vec![
        format!("# yaml-language-server: $schema={SCHEMA}"),
        "version: \"3\"".to_owned(),
    ];
    let services = all
        .keys
        .iter()
        .filter(|it| it.is_section || it.keys.iter().any(|it| it.is_section));
    for section in services {
        lines.push(String::new());
        lines.push(format!("# {}", section.brief()));
        let off = section.implied || !catalogue::is_basic(&section.path);
        push(section, 0, off, &mut lines);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `off`: as a comment.
fn push(it: &Setting, depth: usize, off: bool, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let mark = if off { "# " } else { "" };
    let name = it.name();
    if it.kind == Kind::Section {
        let keys: Vec<_> = it
            .keys
            .iter()
            .filter(|it| !it.is_useless && !it.is_section)
            .collect();
        let below: Vec<_> = it.keys.iter().filter(|it| it.is_section).collect();
        let braces = if keys.is_empty() { " {}" } else { "" };
        lines.push(format!("{indent}{mark}{name}:{braces}"));
        // With nothing but comments in it, a section would count as absent.
        let first = keys.iter().position(|it| is_set(it)).or(Some(0));
        for (at, key) in keys.into_iter().chain(below).enumerate() {
            let is_on = is_set(key) || (it.is_section && first == Some(at) && !key.is_section);
            push(key, depth + 1, off || !is_on, lines);
        }
        return;
    }
    let Some(value) = value(it) else { return };
    let line = format!("{indent}{mark}{name}: {value}");
    let about = it.brief();
    lines.push(match about.is_empty() {
        true => line,
        false => format!("{line:COMMENTS$}  # {about}"),
    });
}

/// Whether it stands there, not as a comment.
fn is_set(it: &Setting) -> bool {
    let may_be_absent = it.is_section || it.default == Some(Value::Null);
    it.required || it.kind == Kind::Section && !may_be_absent && it.keys.iter().any(is_set)
}

fn value(it: &Setting) -> Option<String> {
    let is_nothing = |it: &Value| it.is_null() || it.as_array().is_some_and(Vec::is_empty);
    let default = it.default.clone().filter(|it| !is_nothing(it));
    let example = it.examples.first().cloned();
    let word = it.words.first().map(|it| it.0.clone().into());
    let value: Value = default.or(example).or(word).or_else(|| match it.kind {
        Kind::Text => Some("...".into()),
        Kind::Whole | Kind::Number => Some(it.range.0.clone().unwrap_or_else(|| 0.into())),
        Kind::Flag => Some(false.into()),
        Kind::List(_) => Some(Value::Array(Vec::new())),
        Kind::Map(_) => Some(Value::Object(serde_json::Map::new())),
        _ => None,
    })?;
    Some(match value {
        Value::String(text) => emit::text(&text),
        other => emit::inline(&other),
    })
}
