//! Reads the configuration of a server that runs once more, as it was read at its start.

use std::path::{Path, PathBuf};

use super::{
    args::{Place, ServeFlags},
    process::Process,
    settings::{self, Settings},
};
use crate::{process::FROM_FILES, reconfigure::Reading};

/// How it was read.
pub(super) struct Reread<'a> {
    place: Place,
    flags: ServeFlags,
    program: &'static str,
    process: Process<'a>,
}

impl<'a> Reread<'a> {
    /// `file` is the one that was read. What is relative is so to the folder that the server works
    /// in by the time that it reads again.
    pub(super) fn new(
        place: &Place,
        file: &Path,
        flags: ServeFlags,
        program: &'static str,
        process: &Process<'a>,
    ) -> Self {
        let within = |folder: &PathBuf| file.strip_prefix(folder).unwrap_or(file);
        let beside = || match file.is_absolute() {
            true => file,
            false => file.file_name().map_or(file, Path::new),
        };
        let file = place.work_dir.as_ref().map_or_else(beside, within);
        Self {
            place: Place {
                config: Some(file.to_owned()),
                work_dir: Some(PathBuf::new()),
                ..place.clone()
            },
            flags,
            program,
            process: *process,
        }
    }

    pub(super) fn read(&self) -> Reading {
        let env = self.process.env;
        let from_files = env(FROM_FILES).unwrap_or_default();
        let is_from_file = |name: &str| from_files.split(',').any(|it| it == name);
        // What files had set at the start is in the environment by now: there it is not to win.
        let own = |name: &str| env(name).filter(|_| !is_from_file(name));
        let process = Process {
            env: &own,
            ..self.process
        };
        let overrides = self.flags.overrides();
        let Settings { config, found, .. } =
            settings::read(&self.place, overrides, true, self.program, &process);
        let now = config.as_ref().map_or(&[][..], |it| it.variables());
        let other = now
            .iter()
            .filter(|(name, value)| own(name).is_none() && env(name).as_ref() != Some(value));
        let other = other.map(|(name, _)| name.clone());
        let gone = from_files
            .split(',')
            .filter(|name| !name.is_empty() && !now.iter().any(|it| it.0 == *name));
        let variables = match &config {
            Some(_) => other.chain(gone.map(str::to_owned)).collect(),
            None => Vec::new(),
        };
        Reading {
            config,
            found,
            variables,
        }
    }
}
