//! What a user of rr-builder meets: its messages, what it generates, what it compiles.

#![expect(clippy::unwrap_used, reason = "a test ends where a fact is missing")]

mod alone;
mod build;
mod carried;
mod command;
mod docs;
mod errors;
mod failures;
mod generate;
mod guides;
mod repository;
mod schema;
mod server;
mod starter;
mod stock;
mod told;
mod versions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use rr_builder::project::{Failure, Folders, Project};
use tempfile::TempDir;

/// A copy of the fixtures that may be written to: a project and rr's own crates in small.
struct Copy {
    root: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        copy(Path::new("tests/fixtures"), root.path());
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn replace(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no {old}");
        self.write(name, &text.replace(old, new));
    }

    fn folders(&self) -> Folders {
        Folders {
            cache: self.path("cache"),
            target: Some(self.path("target")),
            stock: Some(self.path("stock")),
            output: None,
        }
    }

    fn open(&self) -> Result<Project, Failure> {
        Project::open(&self.path("project/manifest.toml"), &self.folders())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).unwrap()),
        }
    }
}

/// Compares `found` with the file `golden`; with `UPDATE_GOLDENS` set, writes it.
fn check_golden(golden: &Path, found: &str) {
    let found = format!("{}\n", found.trim_end());
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(golden, &found).unwrap();
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    let name = golden.display();
    assert!(
        expected == found,
        "{name} differs; if the new text is right, run with UPDATE_GOLDENS=1\n\
         --- expected\n{expected}\n--- found\n{found}"
    );
}
