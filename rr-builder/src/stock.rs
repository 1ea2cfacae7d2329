//! Rr's own crates: a checkout of the repository, or the sources this binary carries with it.

mod carried;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use semver::Version;
use toml::{Table, Value};

use crate::{
    diagnostic::Rejected,
    krate::{Crate, Offer},
};

/// The crates that every server is made of, by package name.
pub const PACKAGES: [&str; 2] = [CORE, SERVICES];

pub(crate) const CORE: &str = "rr-core";
pub(crate) const SERVICES: &str = "rr-services";
const PHP: &str = "php-src";

/// The tree that rr's own crates are taken from.
#[derive(Debug)]
pub struct Stock {
    /// Its root, where the workspace's `Cargo.toml` and `Cargo.lock` lie.
    pub root: PathBuf,
    /// Which of the two kinds of tree it is.
    pub kind: Kind,
    /// The version of its crates.
    pub version: Version,
    /// The oldest Rust that compiles it.
    pub rust_version: Option<Version>,
    /// The crate with the stock services.
    pub services: Crate,
    /// The `[profile]` tables of its workspace: a server is compiled as rr itself is, and shares
    /// what is compiled already.
    pub(crate) profiles: Table,
}

/// The kinds of tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A checkout of the repository, which its owner may be changing.
    Checkout,
    /// What this binary carries, unpacked into the cache.
    Carried,
}

/// Why there are no stock crates.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The folder named with `--stock` is none.
    #[error(
        "`{path}` is no checkout of rr: it lacks `{missing}`\n\
         help: leave `--stock` away to use the crates this rr-builder carries"
    )]
    NoCheckout {
        /// The folder.
        path: PathBuf,
        /// What it should hold.
        missing: &'static str,
    },
    /// The cache cannot be written.
    #[error(
        "cannot unpack the crates of rr into `{path}`: {source}\n\
         help: name another folder in `RR_BUILDER_CACHE`"
    )]
    Unpack {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The workspace's own file is damaged.
    #[error("`{path}` is not the workspace of rr: {reason}")]
    Workspace {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The metadata of rr-services is damaged.
    #[error(transparent)]
    Services(#[from] Rejected),
}

impl Stock {
    /// The tree for a manifest in `folder`: `chosen` if it is given, else the checkout that
    /// `folder` is part of, else what this binary carries, unpacked beneath `cache`.
    ///
    /// A checkout is looked for above the manifest alone, never above the current folder or where
    /// this binary was compiled: the manifest's crates are run by the build anyhow, those are not.
    pub fn locate(folder: &Path, chosen: Option<&Path>, cache: &Path) -> Result<Self, StockError> {
        if let Some(chosen) = chosen {
            return Self::open(chosen, Kind::Checkout);
        }
        let folder = folder.canonicalize().unwrap_or(folder.to_owned());
        let above = folder.ancestors().find(|it| missing(it).is_none());
        match above {
            Some(root) => Self::open(root, Kind::Checkout),
            None => Self::open(&carried::unpack(cache)?, Kind::Carried),
        }
    }

    fn open(root: &Path, kind: Kind) -> Result<Self, StockError> {
        if let Some(missing) = missing(root) {
            let path = root.to_owned();
            return Err(StockError::NoCheckout { path, missing });
        }
        let root = root.canonicalize().unwrap_or(root.to_owned());
        let file = root.join("Cargo.toml");
        let damaged = |reason: String| StockError::Workspace {
            path: file.clone(),
            reason,
        };
        let workspace = fs::read_to_string(&file).map_err(|it| damaged(it.to_string()))?;
        let workspace: Table =
            toml::from_str(&workspace).map_err(|it| damaged(it.message().to_owned()))?;
        let package = workspace.get("workspace").and_then(|it| it.get("package"));
        let text = |key: &str| package?.get(key)?.as_str();
        let version = text("version").and_then(|it| Version::parse(it).ok());
        Ok(Self {
            kind,
            version: version.ok_or_else(|| damaged("it has no version".to_owned()))?,
            rust_version: text("rust-version").and_then(lenient_version),
            services: Crate::read(&root.join(SERVICES)).map_err(Rejected::from_iter)?,
            profiles: profiles(&workspace),
            root,
        })
    }

    /// Its version, and the state of its sources if it is known: that of a checkout may change.
    pub(crate) fn state(&self) -> String {
        let folder = self.root.file_name().map(|it| it.to_string_lossy());
        match (self.kind, folder) {
            (Kind::Carried, Some(folder)) => folder.into_owned(),
            _ => self.version.to_string(),
        }
    }

    /// Whether the service of rr that `offer` describes stands before PHP: it needs one that
    /// middleware wraps, or another that does.
    pub fn wraps(&self, offer: &Offer) -> bool {
        let offers = &self.services.services;
        let mut needed = offers.iter().filter(|it| offer.needs.contains(&it.name));
        needed.any(|it| it.layers || self.wraps(it))
    }

    /// The folder of the stock crate `package`.
    pub fn folder(&self, package: &str) -> PathBuf {
        self.root.join(package)
    }
}

/// The files of the PHP client, by their path within it.
pub(crate) fn php_client() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    carried::FILES.iter().filter_map(|(name, bytes)| {
        let name = Path::new(*name).strip_prefix(PHP).ok()?;
        let needed = name.extension()? == "php" || name == "composer.json";
        needed.then_some((name, *bytes))
    })
}

/// A version as one writes it in a requirement: `0.1` for 0.1.7, `2` for 2.3.4.
pub(crate) fn requirement(version: &Version) -> String {
    match version.major {
        0 => format!("0.{}", version.minor),
        major => major.to_string(),
    }
}

/// The profiles a server is compiled with.
fn profiles(workspace: &Table) -> Table {
    let profiles = workspace.get("profile").and_then(Value::as_table);
    let profiles = profiles.into_iter().flatten();
    let used = profiles.filter(|(name, _)| ["dev", "release"].contains(&name.as_str()));
    used.map(|(name, it)| (name.clone(), it.clone())).collect()
}

/// What keeps `root` from being a checkout of rr.
fn missing(root: &Path) -> Option<&'static str> {
    ["Cargo.toml", "rr-core/Cargo.toml", "rr-services/Cargo.toml"]
        .into_iter()
        .find(|file| !root.join(file).is_file())
}

/// `1.95` is a version of Rust, but not a semantic one.
fn lenient_version(text: &str) -> Option<Version> {
    Version::parse(text)
        .or_else(|_| Version::parse(&format!("{text}.0")))
        .ok()
}
