//! What the compiler says, retold for the reader of a manifest.

use std::collections::HashMap;

use cargo_metadata::{
    CompilerMessage,
    diagnostic::{Diagnostic as Said, DiagnosticLevel as Level},
};

use crate::{diagnostic::Diagnostic, nearest::quoted, resolve::Line};

/// The message at the line of the manifest that its line of the generated program stands for;
/// `None` if it is about something else. `map` is that of [`crate::generate::source_map`].
pub(crate) fn in_manifest(said: &Said, map: &HashMap<usize, &Line>) -> Option<Diagnostic> {
    let primary = said.spans.iter().find(|it| it.is_primary)?;
    let line = map.get(&primary.line_start)?;
    let mut told = Diagnostic::new(said.message.clone()).at(line.place.clone());
    if let Some(label) = &primary.label {
        told = told.label(label.clone());
    }
    for child in said.children.iter().filter(|it| is_of_use(it)) {
        told = match child.level {
            Level::Note | Level::FailureNote => told.note(text(child)),
            Level::Help if child.message.is_empty() => told,
            Level::Help => told.help(text(child)),
            _ => told,
        };
    }
    if let Some(code) = &said.code {
        told = told.note(format!("`rustc --explain {}` tells more", code.code));
    }
    Some(told)
}

/// Not what only makes sense to who calls the compiler.
fn is_of_use(said: &Said) -> bool {
    let useless = ["the full name for the type", "consider using `--verbose`"];
    !useless.iter().any(|it| said.message.starts_with(it))
}

/// The message as the compiler renders it, beneath the name of the crate: its paths start there.
pub(crate) fn in_crate(said: &CompilerMessage) -> String {
    let rendered = said
        .message
        .rendered
        .as_ref()
        .unwrap_or(&said.message.message);
    let folder = said.target.src_path.parent();
    if let Some(folder) = folder.filter(|_| said.target.is_custom_build()) {
        return format!("in the build script in {folder}:\n{}", rendered.trim_end());
    }
    match folder.and_then(|it| it.parent()) {
        Some(folder) => format!(
            "in the crate `{}` ({folder}):\n{}",
            said.target.name,
            rendered.trim_end()
        ),
        None => rendered.trim_end().to_owned(),
    }
}

/// A note with what it points at elsewhere, such as the trait that is not implemented; a help with
/// what it proposes.
fn text(said: &Said) -> String {
    if said.level == Level::Help {
        let proposed = said.spans.iter();
        let proposed =
            proposed.filter_map(|it| it.suggested_replacement.as_deref().or(it.label.as_deref()));
        let proposed = proposed
            .map(|it| it.trim().trim_matches('`'))
            .filter(|it| !it.is_empty());
        return match proposed.collect::<Vec<_>>().as_slice() {
            [] => said.message.clone(),
            all => format!(
                "{}: {}",
                said.message.trim_end_matches(':'),
                quoted(all.iter().copied())
            ),
        };
    }
    let places = said.spans.iter().filter(|it| it.is_primary);
    let places: Vec<String> = places
        .map(|it| format!("{}:{}:{}", it.file_name, it.line_start, it.column_start))
        .collect();
    match places.is_empty() {
        true => said.message.clone(),
        false => format!("{} ({})", said.message, places.join(", ")),
    }
}
