//! `-o section.key=value`: settings from the command line, put over those of the files.

use std::sync::Arc;

use super::{
    Diagnostic, Diagnostics, Place,
    expand::{self, Lookup},
    node::{Key, MAX_LEVELS, Node},
    place::{Origin, OriginKind},
    secret,
};

/// One `-o` argument, read and expanded.
#[derive(Debug)]
pub(super) struct Override {
    path: Vec<Key>,
    value: Node,
}

impl Override {
    /// Puts the setting into the tree; maps on the way are made where they are missing.
    pub(super) fn apply(&self, root: &mut Node) {
        root.set(&self.path, self.value.clone());
    }
}

/// Reads the arguments in their order; each mistake is reported, the rest still counts.
pub(super) fn parse(
    arguments: &[String],
    lookup: &Lookup<'_>,
    found: &mut Diagnostics,
) -> Vec<Override> {
    let mut overrides = Vec::new();
    for argument in arguments {
        match parse_one(argument) {
            Ok(mut setting) => {
                expand::tree(&mut setting.value, lookup, found);
                overrides.push(setting);
            }
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    overrides
}

fn parse_one(argument: &str) -> Result<Override, Diagnostic> {
    const FLAG: &str = "-o ";
    let origin = Arc::new(Origin {
        name: "command line".to_owned(),
        text: format!("{FLAG}{argument}"),
        kind: OriginKind::Argument,
    });
    let whole = Place::new(&origin, FLAG.len(), argument.len());
    let refuse = |message: String| {
        Err(Diagnostic::error(message)
            .at(&whole)
            .help("write `-o section.key=value`"))
    };

    let Some((path, value)) = argument.split_once('=') else {
        let shown = secret::masked(argument);
        return refuse(format!("invalid flag `-o {shown}`: no `=` in it"));
    };
    let (path, value) = (path.trim(), unquoted(value.trim()));
    let names = path.split('.');
    if names.clone().count() > MAX_LEVELS || names.clone().any(|name| name.trim().is_empty()) {
        return refuse(format!("`-o {path}=…` names no setting"));
    }
    if value.is_empty() {
        return refuse(format!(
            "`-o {path}=` has no value: value should not be empty"
        ));
    }

    let key_place = whole.narrowed(path);
    let behind = Place::new(
        &origin,
        FLAG.len() + argument.find('=').unwrap_or(0) + 1,
        usize::MAX,
    );
    Ok(Override {
        path: names
            .map(|name| Key::new(name, key_place.clone()))
            .collect(),
        value: Node::text(value, behind.narrowed(value)),
    })
}

/// Strips the quotes that a shell script may have left around a value.
fn unquoted(value: &str) -> &str {
    ['"', '\'', '`']
        .iter()
        .find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}
