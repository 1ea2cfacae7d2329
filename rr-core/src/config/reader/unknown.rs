//! Keys that nobody reads: warned about, with the nearest name that somebody does.

use super::mask::is_within;
use crate::config::{
    Diagnostic, Diagnostics, catalogue,
    nearest::nearest,
    node::{Entry, Map},
};

const NO_SERVICE: &str = "this server has no service for this section, it has no effect";

/// Whether another service's section is at `path` or below it.
pub(super) fn is_claimed(path: &str, claimed: &[&str]) -> bool {
    claimed.iter().any(|section| is_within(section, path))
}

/// A key that the type of its section does not have.
pub(super) fn unknown_key(entry: &Entry, path: &str, fields: &[&str]) -> Diagnostic {
    let at = |diagnostic: Diagnostic| diagnostic.at(&entry.key.place).path(path);
    if let Some(now) = catalogue::moved_to(path) {
        let moved = format!("this section has moved to `{now}`, here it has no effect");
        let help = format!("write `{now}` at the top of the file, without indentation");
        return at(Diagnostic::idle(moved)).help(help);
    }
    if let Some(advice) = catalogue::advice(path) {
        return at(Diagnostic::idle(NO_SERVICE)).help(advice);
    }
    let diagnostic = at(Diagnostic::idle("unknown key, it has no effect"));
    match nearest(&entry.key.name, fields.iter().copied()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None if fields.is_empty() => diagnostic,
        None => diagnostic.help(format!("known here: {}", listed(fields))),
    }
}

/// Sections that no service of this server reads; `known` are the dotted paths that are read.
///
/// `x-…` at the top is a place for anchors, as in other YAML formats.
pub(in crate::config) fn unknown_sections(
    map: &Map,
    prefix: &str,
    known: &[&str],
    found: &mut Diagnostics,
) {
    for entry in &map.nested().0 {
        let name = &entry.key.name;
        let path = format!("{prefix}{name}");
        if known.contains(&path.as_str()) || (prefix.is_empty() && name.starts_with("x-")) {
            continue;
        }
        match entry.value.as_map() {
            Some(inner) if is_claimed(&path, known) => {
                unknown_sections(&inner, &format!("{path}."), known, found);
            }
            _ => found.push(unknown_section(entry, prefix, known)),
        }
    }
}

fn unknown_section(entry: &Entry, prefix: &str, known: &[&str]) -> Diagnostic {
    let path = format!("{prefix}{}", entry.key.name);
    // `static` and `headers` stood at the top once.
    let below = known.iter().copied().find(|known| {
        let last = known.rsplit_once('.');
        last.is_some_and(|(_, last)| last == path)
    });
    let meant = |meant: &str| format!("did you mean `{meant}`?");
    let help = below
        .map(meant)
        .or_else(|| catalogue::advice(&path))
        .or_else(|| nearest(&path, known.iter().copied()).map(meant))
        .unwrap_or_else(|| format!("this server reads {}", listed(&beside(prefix, known))));
    Diagnostic::idle(NO_SERVICE)
        .at(&entry.key.place)
        .path(path)
        .help(help)
}

/// The names that lead from `prefix` to what is known.
fn beside<'a>(prefix: &str, known: &[&'a str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = known
        .iter()
        .filter_map(|known| known.strip_prefix(prefix)?.split('.').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
