//! What a manifest asks for besides services and middleware: commands, an allocator, patches, files
//! that the binary carries.

use std::path::PathBuf;

use super::{
    Line, Resolver,
    choose::{ALLOCATOR, COMMAND, Kind},
};
use crate::{
    archive,
    diagnostic::Diagnostic,
    krate::Crate,
    manifest::{self, Location, Own, Patch, PatchPlace},
    source::Place,
    stock::PACKAGES,
};

/// Who hands out memory.
#[derive(Debug)]
pub enum Allocator {
    /// mimalloc.
    Mimalloc,
    /// The system.
    System,
    /// The value that a crate offers.
    Own(Line),
}

/// A file that the binary carries as its configuration.
#[derive(Debug)]
pub struct DefaultConfig {
    /// The file, absolute.
    pub path: PathBuf,
    /// Where the manifest names it.
    pub place: Place,
}

/// A crate in the place of another.
#[derive(Debug)]
pub struct Replacement {
    /// Which crates it replaces.
    pub replaced: String,
    /// cargo's table that says so.
    pub table: String,
    /// Where it lies; a path is absolute.
    pub location: Location,
    /// Where the manifest names it.
    pub place: Place,
}

impl Resolver<'_> {
    pub(super) fn commands(&mut self) -> Vec<Line> {
        let manifest = self.manifest;
        let commands = manifest.commands.iter();
        commands
            .filter_map(|own| self.coded(&COMMAND, own))
            .collect()
    }

    pub(super) fn allocator(&mut self) -> Allocator {
        match &self.manifest.build.allocator {
            manifest::Allocator::Mimalloc => Allocator::Mimalloc,
            manifest::Allocator::System => Allocator::System,
            // A mistake was noted where there is none.
            manifest::Allocator::Own(own) => {
                let line = self.coded(&ALLOCATOR, own);
                line.map_or(Allocator::System, Allocator::Own)
            }
        }
    }

    fn coded(&mut self, kind: &Kind, own: &Own) -> Option<Line> {
        let offer = self.own(kind, None, own)?;
        Some(self.line(None, Some(own), offer, own.span.clone()))
    }

    pub(super) fn default_config(&mut self) -> Option<DefaultConfig> {
        let named = self.manifest.config.as_ref()?;
        let place = self.manifest.place(named.span());
        let path = self.manifest.folder().join(named.get_ref());
        if !path.is_file() {
            let message = format!("there is no file `{}`", path.display());
            let help = "`config` names a `.rr.yaml`, as seen from the manifest";
            self.mistakes
                .push(Diagnostic::new(message).at(place).help(help));
            return None;
        }
        let path = path.canonicalize().unwrap_or(path);
        Some(DefaultConfig { path, place })
    }

    pub(super) fn replacements(&mut self) -> Vec<Replacement> {
        let manifest = self.manifest;
        let mut found = Vec::new();
        for patch in &manifest.patches {
            match self.replacement(patch) {
                Ok(it) => found.push(it),
                Err(mistake) => {
                    let place = manifest.place(patch.location.span());
                    self.mistakes.push(mistake.or_at(place));
                }
            }
        }
        found
    }

    fn replacement(&self, patch: &Patch) -> Result<Replacement, Diagnostic> {
        let package = patch.package.get_ref();
        let place = self.manifest.place(patch.package.span());
        if PACKAGES.contains(&package.as_str()) {
            let message = format!("`{package}` is the server's own");
            let help = "take another rr with `--stock DIR`";
            return Err(Diagnostic::new(message).at(place).help(help));
        }
        let folder = match patch.location.get_ref() {
            Location::Path(path) => Some(self.manifest.folder().join(path)),
            Location::Archive(file) => {
                let file = self.manifest.folder().join(file);
                Some(archive::unpack(&file, self.remote.cache())?)
            }
            Location::Git { .. } | Location::Registry(_) => None,
        };
        let location = match folder {
            None => patch.location.get_ref().clone(),
            Some(folder) => {
                let face = Crate::read(&folder).map_err(|mistakes| {
                    let first = mistakes.into_iter().next();
                    first.expect("a crate is refused for a reason")
                })?;
                if face.package != *package {
                    let message = format!("the crate there is called `{}`", face.package);
                    return Err(Diagnostic::new(message).at(place));
                }
                Location::Path(face.folder)
            }
        };
        let (table, replaced) = match &patch.place {
            PatchPlace::From(from) if from.contains("://") => {
                (format!("patch.\"{from}\""), package.clone())
            }
            PatchPlace::From(from) => (format!("patch.{from}"), package.clone()),
            PatchPlace::Version(version) => {
                ("replace".to_owned(), format!("\"{package}:{version}\""))
            }
        };
        Ok(Replacement {
            replaced,
            table,
            location,
            place,
        })
    }
}
