//! The licences of what is linked into a binary, word by word: who passes the binary on owes them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::parts::{Part, Parts};

/// What names of files with licences begin with.
const NAMES: [&str; 5] = ["license", "licence", "copying", "copyright", "notice"];

/// How deep in a crate they lie, at most: those of C sources are below it.
const DEPTH: usize = 2;

/// Every crate with its licence, then each text once, with the crates that it is of.
///
/// # Errors
/// When sources cannot be read.
pub(super) fn text(product: &str, parts: &Parts) -> Result<String> {
    let Parts(parts) = parts;
    let mut text = format!("{product} is linked with these crates.\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in parts.iter().skip(1) {
        let title = format!("{} {}", part.name, part.version);
        writeln!(text, "{title}: {}", part.licence)?;
        for licence in licences(part)? {
            let crates = texts.entry(licence).or_default();
            if !crates.contains(&title) {
                crates.push(title.clone());
            }
        }
    }
    for (licence, crates) in texts {
        let line = "=".repeat(80);
        write!(text, "\n{line}\n{}\n{line}\n\n{licence}", crates.join(", "))?;
    }
    Ok(text)
}

/// The texts that a crate brings with it. Some name their licence and bring none.
fn licences(part: &Part) -> Result<Vec<String>> {
    let Some(folder) = &part.folder else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    collect(folder, DEPTH, &mut files)?;
    files.sort();
    let texts = files.iter().map(|path| {
        let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        Ok(lines.join("\n").trim_matches('\n').to_owned() + "\n")
    });
    texts.collect()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        }
        if kind.is_file() && is_licence(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let is_code = path.extension().is_some_and(|it| {
        ["rs", "c", "h", "toml", "json"]
            .iter()
            .any(|code| it == *code)
    });
    !is_code && NAMES.iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = vec![Part::default()];
        for (name, words) in [("a", "free\r\n\r\n"), ("b", "free"), ("c", "other")] {
            let sources = folder.path().join(name);
            fs::create_dir_all(sources.join("zstd")).unwrap();
            fs::write(sources.join("LICENSE-MIT"), words).unwrap();
            fs::write(sources.join("licenses.rs"), "code").unwrap();
            fs::write(sources.join("zstd/COPYING"), "of C").unwrap();
            parts.push(Part {
                name: name.into(),
                version: "1.0.0".into(),
                licence: "MIT".into(),
                folder: Some(sources),
                ..Part::default()
            });
        }
        insta::assert_snapshot!(text("rr", &Parts(parts)).unwrap());
    }
}
