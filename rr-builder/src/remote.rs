//! Crates of git and of a registry: cargo fetches them, so that their `Cargo.toml` can be read.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{
    advice::advice,
    cargo::{Cargo, CargoError, root_cause},
    diagnostic::Diagnostic,
    generate,
    krate::Crate,
    lock::Lock,
    resolve::Dependency,
    stock::{PACKAGES, Stock},
    write,
};

/// Reads crates that lie elsewhere.
#[derive(Debug)]
pub struct Remote {
    cache: PathBuf,
    settings: Vec<String>,
    lock: Option<PathBuf>,
}

impl Remote {
    /// One that keeps what it needs beneath `cache`; it does nothing until it is asked for a crate.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            cache: cache.into(),
            settings: Vec::new(),
            lock: None,
        }
    }

    /// The same with settings for cargo, as its `--config` takes them, and the lock file of the
    /// manifest: a crate is read in the state in which it is built.
    pub(crate) fn with_settings(self, settings: Vec<String>, lock: &Lock) -> Self {
        Self {
            settings,
            lock: Some(lock.path.clone()),
            ..self
        }
    }

    /// Where it keeps what it needs.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    pub(crate) fn read(&self, wanted: &Dependency, stock: &Stock) -> Result<Crate, Diagnostic> {
        let folder = self.fetch(wanted, stock).map_err(|error| {
            let message = format!("cannot fetch the crate `{}`", wanted.package);
            let mistake = Diagnostic::new(message).at(wanted.place.clone());
            match error {
                CargoError::Failed(said) => match advice(&said) {
                    Some(advice) => mistake.note(root_cause(&said)).help(advice),
                    None => mistake.note(said),
                },
                error => mistake.note(error.to_string()),
            }
        })?;
        Crate::read(&folder).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first
                .expect("a crate is refused for a reason")
                .or_at(wanted.place.clone())
        })
    }

    /// The folder the crate was fetched to. Cargo fetches only what a crate depends on, so there
    /// is one that depends on it and is never compiled.
    fn fetch(&self, wanted: &Dependency, stock: &Stock) -> Result<PathBuf, CargoError> {
        let package = &wanted.package;
        let mut text = "[package]\nname = \"probe\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[workspace]\n\n".to_owned();
        text += "[patch.crates-io]\n";
        for own in PACKAGES {
            let folder = toml::Value::from(stock.folder(own).to_string_lossy().into_owned());
            text += &format!("{own} = {{ path = {folder} }}\n");
        }
        let source = generate::dependency(wanted, &stock.root);
        text += &format!("\n[dependencies]\n{package} = {source}\n");

        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let folder = self
            .cache
            .join(format!("probe/{package}-{:016x}", hasher.finish()));
        let written = write::if_changed(&folder.join("Cargo.toml"), &text)
            .and_then(|_| write::if_absent(&folder.join("lib.rs"), ""))
            .and_then(|_| match self.lock.clone() {
                Some(path) => Lock { path }.restore(&folder),
                None => Ok(()),
            });
        written.map_err(|error| {
            CargoError::Failed(format!("cannot write `{}`: {error}", folder.display()))
        })?;

        let mut cargo = Cargo::find(stock.rust_version.as_ref())?;
        cargo.settings.clone_from(&self.settings);
        let metadata = cargo.metadata(&folder, None, false)?;
        let found = metadata
            .packages
            .iter()
            .find(|it| it.name.as_str() == package);
        let manifest = found.and_then(|it| it.manifest_path.parent());
        manifest
            .map(|it| it.to_owned().into_std_path_buf())
            .ok_or_else(|| CargoError::Failed(format!("it found no package `{package}`")))
    }
}
