//! `-j JSON`: settings from the command line as one text, merged over files and `-o`.

use super::{
    Diagnostic, Diagnostics,
    expand::{self, Lookup},
    files,
    node::{Map, Node, Value},
    place::OriginKind,
    yaml,
};

/// What places in such a text are called.
const NAME: &str = "-j";

/// One `-j` argument, read and expanded.
#[derive(Debug)]
pub(super) struct Overlay(Map);

impl Overlay {
    /// Puts the settings into the tree: maps are merged level by level, anything else is replaced.
    pub(super) fn apply(&self, root: &mut Node) {
        let mut map = root.as_map().unwrap_or_default().nested();
        for entry in &self.0.0 {
            map.merge(entry.clone());
        }
        root.value = Value::Map(map);
    }
}

/// Reads the arguments in their order; each mistake is reported, the rest still counts.
pub(super) fn parse(
    arguments: &[String],
    lookup: &Lookup<'_>,
    found: &mut Diagnostics,
) -> Vec<Overlay> {
    let mut overlays = Vec::new();
    for argument in arguments {
        match parse_one(argument) {
            Ok(mut node) => {
                expand::tree(&mut node, lookup, found);
                overlays.push(Overlay(node.as_map().unwrap_or_default().nested()));
            }
            Err(diagnostic) => found.push(help(diagnostic)),
        }
    }
    overlays
}

/// JSON is YAML, and so are its places.
fn parse_one(argument: &str) -> Result<Node, Diagnostic> {
    yaml::parse_as(NAME, argument, OriginKind::Json).and_then(files::sections)
}

fn help(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.help(r#"write it as `-j '{"http": {"address": "127.0.0.1:8080"}}'`"#)
}
