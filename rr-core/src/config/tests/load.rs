//! Loads a folder of files, as the server does.

use std::fs;

use super::findings;
use crate::config::{Config, Diagnostics, Source};

/// A folder with files, and what is loaded from its `.rr.yaml`.
pub(super) struct Loaded {
    pub(super) config: Option<Config>,
    pub(super) found: Diagnostics,
    folder: tempfile::TempDir,
}

impl Loaded {
    /// `arguments` adds to what is read.
    pub(super) fn of(files: &[(&str, &str)], arguments: impl FnOnce(Source) -> Source) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        let source = arguments(Source {
            file: folder.path().join(".rr.yaml"),
            ..Source::default()
        });
        let mut found = Diagnostics::default();
        let config = Config::load(&source, &env, &mut found);
        Self {
            config,
            found,
            folder,
        }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        assert!(self.found.is_empty(), "{}", self.found);
        self.config.as_ref().expect("a configuration").to_json()
    }

    /// What is said about loading and, if that went well, about the sections.
    #[track_caller]
    pub(super) fn check(mut self, expected: &str) {
        if let Some(config) = &self.config {
            self.found.extend(findings(config));
        }
        let folder = self.folder.path().display().to_string();
        let shown = self.found.to_string();
        let shown = shown
            .replace(&format!("{folder}/"), "")
            .replace(&folder, "FOLDER");
        let expected = expected.strip_prefix('\n').unwrap_or(expected);
        assert!(
            shown == expected,
            "--- found:\n{shown}\n--- expected:\n{expected}"
        );
    }
}

pub(super) fn env(name: &str) -> Option<String> {
    match name {
        "PORT" => Some("8080".to_owned()),
        "WORKERS" => Some("many".to_owned()),
        "YAML" => Some("x\nhttp: {address: evil}".to_owned()),
        "API_TOKEN" => Some("s3cr3t".to_owned()),
        _ => None,
    }
}

pub(super) fn load(files: &[(&str, &str)], overrides: &[&str]) -> Loaded {
    let overrides = overrides.iter().map(|&setting| setting.to_owned());
    Loaded::of(files, |source| Source {
        overrides: overrides.collect(),
        ..source
    })
}

pub(super) fn load_one(text: &str) -> Loaded {
    load(&[(".rr.yaml", text)], &["version=3"])
}
