//! What tells one file from another of the same name.

use std::{fs::Metadata, os::windows::fs::MetadataExt as _};

/// When it was created: another time where a file was put in the place of another.
pub(super) fn identity(file: &Metadata) -> u64 {
    file.creation_time()
}
