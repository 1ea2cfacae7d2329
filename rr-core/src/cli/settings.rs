//! Which file is read and which directory is worked in, from what was typed.

use std::path::{Path, PathBuf};

use super::{args::Place, process::Process};
use crate::config::{Config, Diagnostics, Source};

const DEFAULT_FILE: &str = ".rr.yaml";

/// What was read.
pub(super) struct Settings {
    /// The file, as messages name it.
    pub(super) file: PathBuf,
    /// `None` where it could not be read: `found` says why.
    pub(super) config: Option<Config>,
    /// Mistakes and oddities so far.
    pub(super) found: Diagnostics,
    /// Relative paths of the configuration start here.
    pub(super) folder: PathBuf,
}

/// Reads the file that `place` names, `overrides` first, then those of `place`.
///
/// A relative file is looked up in `-w`, where that is given.
pub(super) fn read(
    place: &Place,
    overrides: impl Iterator<Item = String>,
    require_version: bool,
    process: &Process<'_>,
) -> Settings {
    let named = place.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let file = match &place.work_dir {
        Some(folder) => folder.join(named),
        None => named.to_owned(),
    };
    let folder = match &place.work_dir {
        Some(folder) => folder.clone(),
        None => file.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let source = Source {
        file: file.clone(),
        folder: Some(folder.clone()),
        overrides: overrides.chain(place.overrides.iter().cloned()).collect(),
        require_version,
    };
    let mut found = Diagnostics::default();
    let config = Config::load(&source, process.env, &mut found);
    Settings {
        file,
        config,
        found,
        folder,
    }
}
