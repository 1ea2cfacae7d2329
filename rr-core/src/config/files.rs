//! Files to trees: what cannot be read, what is included. The only module that opens files.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{
    Diagnostic, Diagnostics,
    expand::{self, Lookup},
    kernel,
    node::{Map, Node, Value},
    yaml,
};

/// Far above any configuration; stops at once when `-c` names a device or a log.
const LARGEST: u64 = 8 << 20;

/// Formats that today's server reads and this one does not.
const OTHER_FORMATS: [&str; 6] = ["toml", "ini", "hcl", "env", "properties", "props"];

/// Reads one file, and leaves its variables as they are.
pub(super) fn raw(path: &Path, found: &mut Diagnostics) -> Option<Node> {
    let name = path.display().to_string();
    let read = configuration(path).and_then(|text| yaml::parse(&name, &text).and_then(sections));
    read.map_err(|diagnostic| found.push(diagnostic)).ok()
}

/// Reads a text as if it were the file `name`, and leaves its variables as they are.
pub(super) fn raw_text(name: &str, text: &str, found: &mut Diagnostics) -> Option<Node> {
    let read = yaml::parse(name, text).and_then(sections);
    read.map_err(|diagnostic| found.push(diagnostic)).ok()
}

/// Parses and expands a file's text.
pub(super) fn parse(
    name: &str,
    text: &str,
    lookup: &Lookup<'_>,
    found: &mut Diagnostics,
) -> Option<Node> {
    match yaml::parse(name, text).and_then(sections) {
        Ok(mut node) => {
            expand::tree(&mut node, lookup, found);
            Some(node)
        }
        Err(diagnostic) => {
            found.push(diagnostic);
            None
        }
    }
}

/// Puts the sections of the included files in place of those of the root; later files win.
///
/// Relative paths start at `folder`. Only the root's `include` is followed.
pub(super) fn include(
    root: &mut Node,
    files: &[Node],
    folder: &Path,
    lookup: &Lookup<'_>,
    found: &mut Diagnostics,
) {
    for item in files {
        let Some(name) = item.as_text() else {
            found.push(
                Diagnostic::error("expected a file's name")
                    .at(&item.place)
                    .path("include"),
            );
            continue;
        };
        let path = folder.join(name);
        let text = match configuration(&path) {
            Ok(text) => text,
            Err(diagnostic) => {
                let diagnostic = diagnostic.at(&item.place).path("include");
                found.push(match path.exists() {
                    true => diagnostic,
                    false => {
                        diagnostic.help(format!("relative paths start in {}", shown_folder(folder)))
                    }
                });
                continue;
            }
        };
        let Some(included) = parse(&path.display().to_string(), &text, lookup, found) else {
            continue;
        };
        kernel::check_included(&included, root, item, found);
        replace_sections(root, &included);
    }
}

fn shown_folder(folder: &Path) -> String {
    match folder.as_os_str().is_empty() {
        true => "the current folder".to_owned(),
        false => format!("`{}`", folder.display()),
    }
}

fn replace_sections(root: &mut Node, included: &Node) {
    let mut map = root.as_map().unwrap_or_default().nested();
    for entry in included.as_map().unwrap_or_default().nested().0 {
        if !kernel::FILE_KEYS.contains(&entry.key.name.as_str()) {
            map.insert(entry);
        }
    }
    root.value = Value::Map(map);
}

/// A configuration is a map of sections, or empty.
pub(super) fn sections(root: Node) -> Result<Node, Diagnostic> {
    match root.value {
        Value::Map(_) => Ok(root),
        Value::Null => Ok(Node {
            value: Value::Map(Map::default()),
            ..root
        }),
        _ => Err(Diagnostic::error(
            "a configuration consists of sections: `name:` and its settings below",
        )
        .at(&root.place)),
    }
}

fn configuration(path: &Path) -> Result<String, Diagnostic> {
    let shown = path.display();
    let extension = path.extension().and_then(|extension| extension.to_str());
    if extension.is_some_and(|extension| OTHER_FORMATS.contains(&extension)) {
        let message = format!("`{shown}` is of a format that is not read");
        return Err(Diagnostic::error(message).help("write the configuration as YAML or JSON"));
    }
    text(path)
}

/// The text of any file.
pub(super) fn text(path: &Path) -> Result<String, Diagnostic> {
    let shown = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|err| unreadable(path, &err))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!(
            "`{shown}` is larger than {} MiB: no configuration",
            LARGEST >> 20
        );
        return Err(Diagnostic::error(message));
    }
    String::from_utf8(bytes).map_err(|err| {
        let good = &err.as_bytes()[..err.utf8_error().valid_up_to()];
        let line = good.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Diagnostic::error(format!(
            "`{shown}` is not UTF-8: a wrong byte in line {line}"
        ))
        .help("save it as UTF-8")
    })
}

fn unreadable(path: &Path, err: &io::Error) -> Diagnostic {
    let shown = path.display();
    match err.kind() {
        io::ErrorKind::NotFound => Diagnostic::error(format!("there is no file `{shown}`"))
            .help("name the configuration with `-c FILE`, its folder with `-w DIR`"),
        io::ErrorKind::IsADirectory => Diagnostic::error(format!("`{shown}` is a folder")).help(
            format!("name the file in it: `{}`", path.join(".rr.yaml").display()),
        ),
        io::ErrorKind::PermissionDenied => {
            Diagnostic::error(format!("`{shown}` may not be read by this user"))
                .help("change its owner or mode, or the user that starts the server")
        }
        _ => Diagnostic::error(format!("`{shown}` cannot be read: {err}")),
    }
}
