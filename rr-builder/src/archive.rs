//! Crates that come as an archive: a `.tar.gz`, or a `.crate`, which is the same.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use tar::Archive;

use crate::{diagnostic::Diagnostic, write};

/// What an archive may grow to: more is a mistake, or an attack on the disk.
const LARGEST: u64 = 1 << 30;

/// Unpacks the archive `file` beneath `cache`, unless that was done before, and returns the folder
/// of the crate in it. Mistakes have no place.
pub(crate) fn unpack(file: &Path, cache: &Path) -> Result<PathBuf, Diagnostic> {
    let shown = file.display();
    let bytes = fs::read(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::new(format!("there is no archive `{shown}`"))
            .help("an `archive` starts at the manifest's folder"),
        _ => Diagnostic::new(format!("cannot read `{shown}`: {error}")),
    })?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let place = cache.join(format!("archives/{stem}-{:016x}", hasher.finish()));
    if !place.is_dir() {
        extract(&bytes, &place).map_err(|error| {
            Diagnostic::new(format!("cannot unpack `{shown}`: {error}"))
                .help("an archive is a `.tar.gz` with a crate in it, as `cargo package` makes them")
        })?;
    }
    krate(&place).ok_or_else(|| {
        Diagnostic::new(format!("there is no crate in `{shown}`"))
            .help("its Cargo.toml lies at the top, or in the only folder there")
    })
}

/// Whole or not at all. The reader itself refuses names that lead out of the folder.
fn extract(bytes: &[u8], place: &Path) -> io::Result<()> {
    let fresh = write::beside(place);
    fs::create_dir_all(&fresh)?;
    let content = io::Read::take(GzDecoder::new(bytes), LARGEST);
    let mut archive = Archive::new(content);
    archive.set_preserve_mtime(false);
    let unpacked = archive
        .unpack(&fresh)
        .and_then(|()| fs::rename(&fresh, place));
    if unpacked.is_err() {
        // What matters is why it could not be unpacked.
        fs::remove_dir_all(&fresh).ok();
    }
    match unpacked {
        // Another builder was quicker.
        Err(_) if place.is_dir() => Ok(()),
        unpacked => unpacked,
    }
}

fn krate(place: &Path) -> Option<PathBuf> {
    let is_crate = |it: &Path| it.join("Cargo.toml").is_file();
    if is_crate(place) {
        return Some(place.to_owned());
    }
    let mut entries = fs::read_dir(place).ok()?.filter_map(Result::ok);
    match (entries.next(), entries.next()) {
        (Some(only), None) => Some(only.path()).filter(|it| is_crate(it)),
        _ => None,
    }
}
