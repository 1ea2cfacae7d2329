//! `rr config show`: what holds in the end, and who says so.

use std::iter;

use crossterm::style::Stylize as _;
use serde_json::{Value, json};

use super::reference;
use crate::{
    cli::{
        Exit, Failure, Program,
        args::{ConfigFormat, Place},
        process::Process,
        settings::{self, Settings},
        voice::Voice,
    },
    config::{
        effective::{Content, Effective, Secrets, Source},
        emit,
    },
};

/// What is to be shown, and how.
pub(super) struct Wanted<'a> {
    pub(super) path: Option<&'a str>,
    pub(super) format: ConfigFormat,
    pub(super) secrets: bool,
}

/// Comments begin here, unless a value is longer.
const COMMENTS: usize = 40;

pub(super) fn show(
    program: &impl Program,
    place: &Place,
    wanted: &Wanted<'_>,
    process: &Process<'_>,
    voice: &mut Voice<'_>,
) -> Result<(), Failure> {
    let (name, _) = program.product();
    let Settings { config, found, .. } = settings::read(place, iter::empty(), false, name, process);
    let Some(config) = config.filter(|_| !found.has_errors()) else {
        return Err(Failure::config(found));
    };
    if !place.silent {
        voice.findings(&found);
    }
    let secrets = match wanted.secrets {
        true => Secrets::Shown,
        false => Secrets::Masked,
    };
    let all = config.effective(&reference(program), secrets);
    let shown: Vec<&Effective> = match wanted.path {
        None => all.iter().collect(),
        Some(path) => vec![find(&all, path).ok_or_else(|| not_set(name, path))?],
    };
    voice.say(match wanted.format {
        ConfigFormat::Yaml => yaml(&shown, voice.colours.out),
        ConfigFormat::Json => list(&shown),
    });
    Ok(())
}

fn not_set(name: &str, path: &str) -> Failure {
    let text = format!(
        "nothing is set under `{path}`, and it has no default\nhelp: `{name} config explain {path}` tells what it means"
    );
    Failure::new(Exit::Command, text)
}

fn find<'a>(all: &'a [Effective], path: &str) -> Option<&'a Effective> {
    let path = path.to_lowercase();
    all.iter().find_map(|it| match &it.content {
        _ if it.path == path => Some(it),
        Content::Section(below) if path.starts_with(&format!("{}.", it.path)) => find(below, &path),
        _ => None,
    })
}

fn list(shown: &[&Effective]) -> String {
    let one = |(path, value, source): (&str, &Value, &Source)| {
        let (kind, place) = match source {
            Source::File(place) => ("file", Some(place)),
            Source::Environment(place, _) => ("environment", Some(place)),
            Source::Argument(_) => ("command line", None),
            Source::Default => ("default", None),
        };
        let variables = match source {
            Source::Environment(_, names) => Some(names),
            _ => None,
        };
        json!({
            "path": path,
            "value": value,
            "source": kind,
            "file": place.map(|it| it.file()),
            "line": place.map(|it| it.line()),
            "variables": variables,
        })
    };
    let all: Vec<_> = shown.iter().flat_map(|it| it.values()).map(one).collect();
    serde_json::to_string_pretty(&all).expect("a tree of JSON is JSON")
}

fn yaml(shown: &[&Effective], colours: bool) -> String {
    let mut lines = Vec::new();
    for it in shown {
        // A part is shown within what it is a part of, so that the text is a file.
        let outer: Vec<_> = it.path.split('.').collect();
        let depth = outer.len() - 1;
        for (depth, name) in outer.iter().take(depth).enumerate() {
            lines.push((format!("{}{name}:", "  ".repeat(depth)), None));
        }
        push(it, depth, &mut lines);
    }
    let widths = lines.iter().filter(|it| it.1.is_some());
    let widths = widths.map(|(line, _)| line.chars().count() + 2);
    let column = widths.filter(|it| *it <= COMMENTS).max().unwrap_or(0);
    let line = |(line, comment): (String, Option<String>)| match comment {
        None => line,
        Some(comment) => {
            let gap = column.saturating_sub(line.chars().count()).max(2);
            let comment = format!("# {comment}");
            match colours {
                true => format!("{line}{:gap$}{}", "", comment.dark_grey()),
                false => format!("{line}{:gap$}{comment}", ""),
            }
        }
    };
    let lines: Vec<_> = lines.into_iter().map(line).collect();
    lines.join("\n")
}

fn push(it: &Effective, depth: usize, lines: &mut Vec<(String, Option<String>)>) {
    let indent = "  ".repeat(depth);
    let key = emit::key(&it.name);
    match &it.content {
        Content::Section(below) if below.is_empty() => {
            lines.push((format!("{indent}{key}: {{}}"), None));
        }
        Content::Section(below) => {
            lines.push((format!("{indent}{key}:"), None));
            below.iter().for_each(|it| push(it, depth + 1, lines));
        }
        Content::Value(value, source) => {
            let value = match value {
                Value::String(text) => emit::text(text),
                other => emit::inline(other),
            };
            lines.push((format!("{indent}{key}: {value}"), Some(source.to_string())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_within_its_sections() {
        let it = Effective {
            path: "a.b".to_owned(),
            name: "b".to_owned(),
            content: Content::Value(1.into(), Source::Default),
        };
        assert_eq!(yaml(&[&it], false), "a:\n  b: 1  # default");
    }
}
