//! What `rr-builder new` makes: a project with a manifest, a service, a middleware and a PHP worker,
//! which builds and runs as it is, or a crate alone, see [`krate`].

pub mod krate;
pub mod workspace;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use semver::Version;
use serde_json::json;

use crate::{
    generate::render,
    manifest, settings,
    stock::{self, Stock},
    write,
};

/// What is written as it is.
const FILES: [(&str, &str); 9] = [
    (".gitignore", include_str!("../../templates/new/gitignore")),
    (
        ".idea/jsonSchemas.xml",
        include_str!("../../templates/new/.idea/jsonSchemas.xml"),
    ),
    (
        ".vscode/settings.json",
        include_str!("../../templates/new/.vscode/settings.json"),
    ),
    (".rr.yaml", include_str!("../../templates/new/rr.yaml")),
    ("Cargo.toml", include_str!("../../templates/new/Cargo.toml")),
    (
        "greeter/src/lib.rs",
        include_str!("../../templates/new/greeter/src/lib.rs"),
    ),
    (
        "served-by/Cargo.toml",
        include_str!("../../templates/new/served-by/Cargo.toml"),
    ),
    (
        "served-by/src/lib.rs",
        include_str!("../../templates/new/served-by/src/lib.rs"),
    ),
    ("worker.php", include_str!("../../templates/new/worker.php")),
];

/// What the project's name or the version of rr goes into.
const TEMPLATES: [(&str, &str); 3] = [
    (
        "README.md",
        include_str!("../../templates/new/README.md.hbs"),
    ),
    (
        "greeter/Cargo.toml",
        include_str!("../../templates/new/greeter/Cargo.toml.hbs"),
    ),
    (
        "manifest.toml",
        include_str!("../../templates/new/manifest.toml.hbs"),
    ),
];

/// Where the PHP client goes.
const PHP: &str = "rr-php";

/// Why a new project cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// The folder is used already.
    #[error("`{0}` is there already and not empty\nhelp: name a folder that is to be made")]
    NotEmpty(PathBuf),
    /// The folder's name would be the crate's.
    #[error("a crate cannot be called `{name}`: {reason}\nhelp: name the folder otherwise")]
    Name {
        /// The folder's.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Makes the project in `folder`, which must be empty or absent. The server is called like it, or
/// `app` if it cannot be. `stock` is where its crates find those of rr before the first build.
pub fn write(folder: &Path, stock: &Stock) -> Result<(), StarterError> {
    refuse_used(folder)?;
    let version = Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo checks it");
    let data = json!({ "name": name(folder), "requirement": stock::requirement(&version) });
    let put = |name: &Path, content: &[u8]| {
        let path = folder.join(name);
        write::if_absent(&path, content).map_err(|source| StarterError::Write { path, source })
    };
    for (name, text) in FILES {
        put(name.as_ref(), text.as_bytes())?;
    }
    for (name, template) in TEMPLATES {
        put(name.as_ref(), render(template, &data).as_bytes())?;
    }
    for (name, bytes) in stock::php_client() {
        put(&Path::new(PHP).join(name), bytes)?;
    }
    let path = folder.join(settings::PLACE);
    settings::write_for(&path, &[stock::CORE], stock)
        .map_err(|source| StarterError::Write { path, source })
}

/// Nothing that is there already may be mixed with what is new.
fn refuse_used(folder: &Path) -> Result<(), StarterError> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    match empty {
        true => Ok(()),
        false => Err(StarterError::NotEmpty(folder.to_owned())),
    }
}

/// The server's name for a project in `folder`.
fn name(folder: &Path) -> String {
    let folder = std::path::absolute(folder).unwrap_or_default();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    match manifest::refuse_name(&name) {
        None => name.into_owned(),
        Some(_) => "app".to_owned(),
    }
}
