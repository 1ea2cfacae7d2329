//! The folder a build leaves its results in, and how they get there: whole, or not at all.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{generate::render, relative::relative, write};

const CONFIG: &str = include_str!("../../templates/rr.yaml.hbs");

/// `build/` beside the manifest, if not told otherwise.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
}

impl Output {
    /// The output in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The JSON Schema of the manifest.
    pub fn manifest_schema(&self) -> PathBuf {
        self.folder.join("manifest.schema.json")
    }

    /// The generated crate.
    pub fn server(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// The binary of the server `name` for the platform `target`, or for this one.
    pub fn binary(&self, name: &str, target: Option<&str>) -> PathBuf {
        let suffix = match target {
            Some(target) if target.contains("windows") => ".exe",
            Some(_) => "",
            None => std::env::consts::EXE_SUFFIX,
        };
        self.folder.join(format!("{name}{suffix}"))
    }

    /// The JSON Schema of the server's `.rr.yaml`.
    pub fn schema(&self) -> PathBuf {
        self.folder.join("rr.schema.json")
    }

    /// Writes a `.rr.yaml` to begin with into `folder`, unless there is one; true if it did.
    pub(crate) fn config(&self, folder: &Path, schema: &Value) -> io::Result<bool> {
        let folder = folder.canonicalize()?;
        let place = relative(&folder, &self.schema().canonicalize()?);
        write::if_absent(&folder.join(".rr.yaml"), starter(&place, schema))
    }
}

/// A `.rr.yaml` to begin with, for a server whose `schema` lies at `place`: it names the sections
/// and has none.
pub(crate) fn starter(place: &Path, schema: &Value) -> String {
    let sections = schema.get("properties").and_then(Value::as_object);
    let sections = sections.into_iter().flatten();
    let deprecated = |it: &Value| it.get("deprecated") == Some(&Value::Bool(true));
    let sections = sections.filter(|(name, it)| *name != "version" && !deprecated(it));
    let sections =
        sections.map(|(name, section)| json!({ "name": name, "about": about(section, schema) }));
    let data = json!({
        "schema": place.to_string_lossy(),
        "sections": sections.collect::<Vec<_>>(),
    });
    render(CONFIG, &data)
}

/// The first line of a section's description, which may stand behind a `$ref`.
fn about<'a>(section: &'a Value, schema: &'a Value) -> &'a str {
    let referred = section.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|it| schema.pointer(it.trim_start_matches('#')));
    let described = [Some(section), referred].into_iter().flatten();
    let text = described.filter_map(|it| it.get("description")?.as_str());
    text.flat_map(str::lines).next().unwrap_or_default()
}
