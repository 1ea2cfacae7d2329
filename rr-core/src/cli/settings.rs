//! Which file is read and which directory is worked in, from what was typed.

use std::path::{Path, PathBuf};

use super::{args::Place, process::Process};
use crate::config::{Config, Diagnostics, Source};

const DEFAULT_FILE: &str = ".rr.yaml";

/// Read where that is not there, as RoadRunner 1 did.
const OTHER_FILES: [&str; 2] = [".rr.yml", ".rr.json"];

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

/// The file that `place` names, and the folder that the server works in.
///
/// A relative file is looked up in `-w`, where that is given.
pub(super) fn named(place: &Place) -> (PathBuf, PathBuf) {
    let named = place.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let file = match &place.work_dir {
        Some(folder) => folder.join(named),
        None => named.to_owned(),
    };
    let folder = match &place.work_dir {
        Some(folder) => folder.clone(),
        None => file.parent().unwrap_or(Path::new("")).to_owned(),
    };
    (file, folder)
}

/// Reads the file that `place` names, `overrides` first, then those of `place`.
pub(super) fn read(
    place: &Place,
    overrides: impl Iterator<Item = String>,
    require_version: bool,
    program: &'static str,
    process: &Process<'_>,
) -> Settings {
    let (mut file, folder) = named(place);
    if place.config.is_none() && !file.exists() {
        let mut others = OTHER_FILES.iter().map(|it| file.with_file_name(it));
        file = others.find(|it| it.exists()).unwrap_or(file);
    }
    // The variable beats the option, as ever.
    let env_file = (process.env)("DOTENV_PATH").filter(|it| !it.is_empty());
    let env_file = env_file.map(PathBuf::from).or_else(|| place.dotenv.clone());
    let source = Source {
        file: file.clone(),
        folder: Some(folder.clone()),
        overrides: overrides.chain(place.overrides.iter().cloned()).collect(),
        json: place.json.clone(),
        env_file: env_file.map(|it| folder.join(it)),
        program,
        require_version,
    };
    let mut found = Diagnostics::default();
    let is_told_all =
        !require_version && place.config.is_none() && is_told(place) && !file.exists();
    let config = match is_told_all {
        true => Some(Config::without_file(&source, process.env, &mut found)),
        false => Config::load(&source, process.env, &mut found),
    };
    Settings {
        file,
        config,
        found,
        folder,
    }
}

/// Whether an argument says where a running server is to be asked, which is all that a client needs.
fn is_told(place: &Place) -> bool {
    let mut keys = place.overrides.iter().filter_map(|it| it.split_once('='));
    let json = place.json.iter().map(|it| serde_json::from_str(it));
    let json: Vec<serde_json::Value> = json.filter_map(Result::ok).collect();
    keys.any(|(key, _)| key.trim().eq_ignore_ascii_case("rpc.listen"))
        || json.iter().any(|it| it.pointer("/rpc/listen").is_some())
}
