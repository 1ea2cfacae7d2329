//! The project that `rr-builder new` makes.

use std::{io, path::{Path, PathBuf}};

/// Why a new project cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// The folder is used already.
    #[error("`{0}` is there already and not empty\nhelp: name a folder that is to be made")]
    NotEmpty(PathBuf),
    /// A file cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// x
pub fn write(_folder: &Path) -> Result<(), StarterError> { Ok(()) }
