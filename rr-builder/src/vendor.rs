//! Copies of all crates of others beside the manifest, for builds without a network.

use std::{
    fs, io,
    path::{self, Path, PathBuf},
};

use toml::{Table, Value};

use crate::{
    cargo::{Cargo, CargoError, complaint},
    write,
};

/// The folder of the copies, seen from the manifest's. Not `vendor`, which is Composer's.
pub(crate) const FOLDER: &str = "rr-vendor";

/// In it: which sources the copies stand for, as cargo says it.
const SOURCES: &str = "sources.toml";

/// Why there are no copies.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// Cargo could not make them.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// They cannot be written, or read.
    #[error("cannot use `{path}`: {source}")]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The list of sources is damaged.
    #[error("`{path}` is damaged: {reason}\nhelp: run `rr-builder vendor` again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Copies the crates of others that the generated crate in `server` needs beneath `folder`, that of
/// the manifest; how many there are. The copies of before stay until the new ones are there.
pub(crate) fn make(cargo: &Cargo, server: &Path, folder: &Path) -> Result<usize, VendorError> {
    let files = |path: &Path| {
        let path = path.to_owned();
        move |source| VendorError::Files { path, source }
    };
    // Cargo works in another folder than we do.
    let place = path::absolute(folder).map_err(files(folder))?.join(FOLDER);
    let fresh = write::beside(&place);
    let made = copy(cargo, server, &fresh);
    let sources = match made {
        Ok(sources) => sources,
        Err(error) => {
            // What matters is why there are no copies.
            fs::remove_dir_all(&fresh).ok();
            return Err(error.into());
        }
    };
    // A server of nothing but paths has nothing to copy.
    fs::create_dir_all(&fresh).map_err(files(&fresh))?;
    let list = fresh.join(SOURCES);
    fs::write(&list, sources).map_err(files(&list))?;
    if place.exists() {
        fs::remove_dir_all(&place).map_err(files(&place))?;
    }
    fs::rename(&fresh, &place).map_err(files(&place))?;
    let entries = fs::read_dir(&place).map_err(files(&place))?;
    Ok(entries.flatten().filter(|it| it.path().is_dir()).count())
}

/// Returns cargo's settings that lead to the copies.
fn copy(cargo: &Cargo, server: &Path, fresh: &Path) -> Result<String, CargoError> {
    let mut command = cargo.command(server);
    let output = command
        .args(["vendor", "--versioned-dirs"])
        .arg(fresh)
        .output()
        .map_err(|error| CargoError::Failed(format!("it cannot be run: {error}")))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let text = String::from_utf8_lossy(&output.stderr);
            Err(CargoError::Failed(complaint(&text)))
        }
    }
}

/// Settings for cargo, as `--config` takes them, that make it use the copies beside the manifest in
/// `folder`; none if there are no copies.
pub(crate) fn settings(folder: &Path) -> Result<Vec<String>, VendorError> {
    let place = folder.join(FOLDER);
    let list = place.join(SOURCES);
    let text = match fs::read_to_string(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(VendorError::Files { path: list, source }),
    };
    let damaged = |reason: &str| VendorError::Damaged {
        path: list.clone(),
        reason: reason.to_owned(),
    };
    let table: Table = toml::from_str(&text).map_err(|it| damaged(it.message()))?;
    let place = place.canonicalize().unwrap_or(place);
    let sources = table.get("source").and_then(Value::as_table);
    let mut found = vec!["net.offline=true".to_owned()];
    for (name, source) in sources.into_iter().flatten() {
        let keys = source
            .as_table()
            .ok_or_else(|| damaged("a source is no table"))?;
        for (key, value) in keys {
            // The project may have moved since.
            let value = match key.as_str() {
                "directory" => Value::from(place.to_string_lossy().into_owned()),
                _ => value.clone(),
            };
            let name = Value::from(name.as_str());
            found.push(format!("source.{name}.{key}={value}"));
        }
    }
    Ok(found)
}
