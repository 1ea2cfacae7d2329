//! Files of variables: `--dotenv` and the key `envfile`. What the environment sets itself wins.

use std::path::Path;

use super::{Diagnostic, Diagnostics, Lookup, Source, files, kernel, node::Node};

/// Variables from files, first come first.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Variables {
    /// Those that are given, and those of the file that the command line names.
    pub(super) fn of(source: &Source, found: &mut Diagnostics) -> Self {
        let mut all = Self(source.variables.clone());
        if let Some(file) = source.env_file.as_deref() {
            all.add(file, found, |it| {
                it.help("name a file of variables with `--dotenv FILE`, or in `DOTENV_PATH`")
            });
        }
        all
    }

    /// Adds those of the file that the configuration names; relative paths start in `folder`.
    pub(super) fn add_named(&mut self, root: &Node, folder: &Path, found: &mut Diagnostics) {
        let Some(named) = kernel::env_file(root) else {
            return;
        };
        match named.as_text().filter(|it| !it.is_empty()) {
            Some(name) => self.add(&folder.join(name), found, |it| {
                let it = it.at(&named.place).path("envfile");
                it.help("relative paths start in the folder of this configuration")
            }),
            None => {
                let diagnostic = Diagnostic::error("expected a file of variables");
                found.push(diagnostic.at(&named.place).path("envfile"));
            }
        }
    }

    /// What a variable holds: in the environment, else in the files.
    pub(super) fn look_up(&self, name: &str, env: &Lookup<'_>) -> Option<String> {
        let in_files = || self.0.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        env(name).or_else(in_files)
    }

    fn add(
        &mut self,
        file: &Path,
        found: &mut Diagnostics,
        place: impl Fn(Diagnostic) -> Diagnostic,
    ) {
        let text = match files::text(file) {
            Ok(text) => text,
            Err(diagnostic) => return found.push(place(diagnostic)),
        };
        for item in dotenvy::from_read_iter(text.as_bytes()) {
            match item {
                Ok((name, _)) if self.0.iter().any(|it| it.0 == name) => {}
                Ok(variable) => self.0.push(variable),
                Err(error) => {
                    let help = "write `NAME=value`; a value with spaces in it stands in quotes";
                    let diagnostic = place(unreadable(file, &text, &error));
                    return found.push(diagnostic.help(help));
                }
            }
        }
    }
}

/// The line may hold a secret: it is named, not shown.
fn unreadable(file: &Path, text: &str, error: &dotenvy::Error) -> Diagnostic {
    let file = file.display();
    let line = match error {
        dotenvy::Error::LineParse(part, _) => {
            let mut lines = text.lines().map(str::trim);
            lines.position(|it| !it.is_empty() && (part.contains(it) || it.contains(part)))
        }
        _ => None,
    };
    let place = match line {
        Some(at) => format!("`{file}`, line {}", at + 1),
        None => format!("`{file}`"),
    };
    Diagnostic::error(format!("{place}: expected a variable and its value"))
}
