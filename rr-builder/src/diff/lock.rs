//! The versions in a lock file.

use std::{collections::BTreeMap, fs, io, path::Path};

use toml::{Table, Value};

/// Each crate in the lock file at `path` with its versions; none if there is no such file.
pub fn versions(path: &Path) -> io::Result<Option<BTreeMap<String, String>>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let table: Table = toml::from_str(&text).map_err(io::Error::other)?;
    let packages = table.get("package").and_then(Value::as_array);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages.into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(Value::as_str);
        if let (Some(name), Some(version)) = (text("name"), text("version")) {
            // A repository stands there with its commit.
            let source = text("source").filter(|it| it.starts_with("git+"));
            let commit = source.and_then(|it| it.rsplit_once('#'));
            let version = match commit {
                Some((_, commit)) => format!("{version} at {commit:.10}"),
                None => version.to_owned(),
            };
            found.entry(name.to_owned()).or_default().push(version);
        }
    }
    let found = found.into_iter();
    Ok(Some(
        found.map(|(name, it)| (name, it.join(" and "))).collect(),
    ))
}
